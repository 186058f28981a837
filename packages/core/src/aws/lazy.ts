/** Makes a value on its first use: a module can be loaded (for its types, its schemas) where AWS is not configured. */
export const lazy = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
