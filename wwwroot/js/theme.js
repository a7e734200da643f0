// Loaded before the styles so that the first paint already has the right colours.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const saved = () => (document.cookie.match(/(?:^|; )theme=(light|dark)(?:;|$)/) || [])[1];
  const apply = () => {
    const choice = saved();
    root.dataset.themeChoice = choice || "system";
    root.dataset.theme = choice || (dark.matches ? "dark" : "light");
  };
  dark.addEventListener("change", apply);
  window.portalTheme = {
    apply,
    set(choice) {
      const age = choice === "system" ? 0 : 31536000;
      document.cookie = `theme=${choice}; path=/; max-age=${age}; samesite=lax`;
      apply();
    },
  };
  apply();
})();
