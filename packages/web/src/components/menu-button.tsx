import {
  type ComponentPropsWithRef,
  type ComponentType,
  cloneElement,
  type ReactElement,
  useState,
} from "react";

export interface OfButton {
  button: ReactElement<ComponentPropsWithRef<"button">>;
}

interface MenuButtonProps<Props> extends OfButton {
  /** Fetches the menu, and the code that any menu takes. */
  load: () => Promise<{ default: ComponentType<Props & OfButton> }>;
  menu: Props;
}

/** A button whose menu is fetched when somebody comes near it, and made when it is asked for: a list has hundreds of them. */
export function MenuButton<Props extends object>({ button, load, menu }: MenuButtonProps<Props>) {
  const [Menu, setMenu] = useState<ComponentType<Props & OfButton>>();
  if (Menu) return <Menu {...menu} button={button} />;
  // What fails is tried again by the click.
  const prepare = () => void load().catch(() => undefined);
  return cloneElement(button, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onPointerEnter: prepare,
    onFocus: prepare,
    onClick: async () => {
      const { default: Loaded } = await load();
      setMenu(() => Loaded);
    },
  });
}
