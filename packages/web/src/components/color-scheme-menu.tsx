import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";
import { prefetched } from "./fetch-part.ts";
import { MenuButton } from "./menu-button.tsx";

export interface ColorSchemeChoice {
  value: MantineColorScheme;
  label: string;
  Icon: typeof IconSun;
}

const choices: ColorSchemeChoice[] = [
  { value: "light", label: "Light", Icon: IconSun },
  { value: "dark", label: "Dark", Icon: IconMoon },
  { value: "auto", label: "System", Icon: IconDeviceDesktop },
];

const load = prefetched(() => import("./color-schemes.tsx"));

export function ColorSchemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = choices.find(({ value }) => value === colorScheme)?.Icon ?? IconDeviceDesktop;

  return (
    <MenuButton
      button={
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Colour scheme">
          <Current size={18} stroke={1.7} />
        </ActionIcon>
      }
      load={load}
      menu={{ choices, value: colorScheme, onChange: setColorScheme }}
    />
  );
}
