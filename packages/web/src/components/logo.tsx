import classes from "./logo.module.css";

/** A floor of chevron parquet, taken apart. The same planks as public/favicon.svg. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg className={classes.logo} width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path className={classes.dark} d="m3 2 12.2 6v6L3 8z" />
      <path className={classes.light} d="m3 9.8 12.2 6v6L3 15.8z" />
      <path className={classes.middle} d="m3 17.6 12.2 6v6L3 23.6z" />
      <path className={classes.light} d="m29 2-12.2 6v6L29 8z" />
      <path className={classes.middle} d="m29 9.8-12.2 6v6L29 15.8z" />
      <path className={classes.dark} d="m29 17.6-12.2 6v6L29 23.6z" />
    </svg>
  );
}
