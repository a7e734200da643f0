// What only the browser can do. Everything here works without a circuit, so menus and the theme answer to the first click.
window.portal = (() => {
  const menus = () => document.querySelectorAll("details[data-menu][open]");

  document.addEventListener("click", (event) => {
    const setter = event.target.closest("[data-set-theme]");
    if (setter) portalTheme.set(setter.dataset.setTheme);
    for (const menu of menus()) {
      const inside = menu.contains(event.target);
      const chosen = inside && event.target.closest("a, button, [data-close]") && !event.target.closest("summary, [data-keep-open]");
      if (!inside || chosen) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of menus()) {
        menu.open = false;
        menu.querySelector("summary")?.focus();
      }
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      const opener = document.querySelector("[data-palette]");
      if (opener) {
        event.preventDefault();
        opener.click();
      }
    }
    const menu = event.target.closest?.("details[data-menu][open]");
    if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const items = [...menu.querySelectorAll("a[href], button:not([disabled])")].filter((item) => item.offsetParent);
      if (items.length === 0) return;
      event.preventDefault();
      const at = items.indexOf(document.activeElement);
      const step = event.key === "ArrowDown" ? 1 : -1;
      items[(at + step + items.length) % items.length].focus();
    }
  });

  // Static pages are patched in place by enhanced navigation, which brings the server's attributes back.
  document.addEventListener("DOMContentLoaded", () => window.Blazor?.addEventListener?.("enhancedload", () => portalTheme.apply()));

  // The component library's style and script are big and only a few fields need them: they come once, when the first such field does.
  // The style goes before ours, so that ours has the last word.
  let library;
  const loadLibrary = (style, script) =>
    (library ??= new Promise((resolve, reject) => {
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: style });
      document.head.insertBefore(link, document.head.querySelector("link[rel=stylesheet]"));
      link.onerror = reject;
      link.onload = () => {
        const code = Object.assign(document.createElement("script"), { src: script, onload: resolve, onerror: reject });
        document.head.append(code);
      };
    }));

  return {
    // With its icon font: the icons are words until that is there.
    async library(style, script) {
      await loadLibrary(style, script);
      await document.fonts.load('16px "Material Symbols"');
    },
    timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
    async copy(text) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        return false;
      }
    },
    // Dialogs come as an element or as an id.
    openDialog(target) {
      const dialog = typeof target === "string" ? document.getElementById(target) : target;
      if (dialog && !dialog.open) dialog.showModal();
    },
    closeDialog(target) {
      const dialog = typeof target === "string" ? document.getElementById(target) : target;
      if (dialog?.open) dialog.close();
    },
    // Follows the end of a log unless the reader has scrolled up.
    follow(element) {
      if (element) element.scrollTop = element.scrollHeight;
    },
    isAtEnd: (element) => !element || element.scrollHeight - element.scrollTop - element.clientHeight < 24,
    focus(selector) {
      document.querySelector(selector)?.focus();
    },
    download(name, mediaType, text) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: mediaType }));
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
    },
  };
})();
