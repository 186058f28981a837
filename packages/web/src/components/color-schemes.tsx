import { type MantineColorScheme, Menu } from "@mantine/core";
import type { ColorSchemeChoice } from "./color-scheme-menu.tsx";
import type { OfButton } from "./menu-button.tsx";
import { OpenedMenu } from "./opened-menu.tsx";

interface ColorSchemesProps extends OfButton {
  choices: ColorSchemeChoice[];
  value: MantineColorScheme;
  onChange: (value: MantineColorScheme) => void;
}

export default function ColorSchemes({ button, choices, value, onChange }: ColorSchemesProps) {
  return (
    <OpenedMenu button={button} position="bottom-end" width={180}>
      <Menu.RadioGroup
        value={value}
        onChange={(chosen) => {
          const choice = choices.find((candidate) => candidate.value === chosen);
          if (choice) onChange(choice.value);
        }}
      >
        {choices.map(({ value, label, Icon }) => (
          <Menu.RadioItem key={value} value={value} rightSection={<Icon size={16} stroke={1.7} />}>
            {label}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </OpenedMenu>
  );
}
