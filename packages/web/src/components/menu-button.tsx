import {
  type ComponentPropsWithRef,
  type ComponentType,
  cloneElement,
  type ReactElement,
  useState,
} from "react";
import { fetchPart, preparePart } from "./fetch-part.ts";
import { PartBoundary, PartFailure } from "./part-boundary.tsx";

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
  const [isMissing, setMissing] = useState(false);
  if (Menu) {
    return (
      <PartBoundary floating>
        <Menu {...menu} button={button} />
      </PartBoundary>
    );
  }
  // What fails is tried again by the click.
  const prepare = () => preparePart(load);
  const open = async () => {
    setMissing(false);
    try {
      const { default: Loaded } = await fetchPart(load);
      setMenu(() => Loaded);
    } catch {
      setMissing(true);
    }
  };
  return (
    <>
      {cloneElement(button, {
        "aria-haspopup": "menu",
        "aria-expanded": false,
        onPointerEnter: prepare,
        onFocus: prepare,
        onClick: open,
      })}
      {/* Online again, it waits for another click: a menu that opens by itself would be in the way. */}
      {isMissing && <PartFailure floating onRetry={open} onOnline={() => setMissing(false)} />}
    </>
  );
}
