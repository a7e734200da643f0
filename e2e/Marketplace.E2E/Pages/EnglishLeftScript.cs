namespace Marketplace.E2E.Pages;

/// <summary>What <see cref="EnglishLeft"/> asks the browser: a function of the root element that returns the findings. Without Playwright, so that its own tests need none.</summary>
internal static class EnglishLeftScript
{
    public const string Text = """
        root => {
          const own = 'pre, code, .mono, .log, select option, [data-authored], svg text, .copytext, kbd, .lang, [lang]:not(html)';
          const short = 'h1, h2, h3, h4, button, a.btn, th, label, legend, dt, .st, .tag, .chip, summary, .rail .item, [role=columnheader] > small, .steps li';
          const names = new Set(['API', 'CLI', 'CPU', 'GPU', 'YAML', 'JSON', 'FOCUS', 'SLA', 'EN', 'Kubeconfig', 'OAuth', 'GiB']);
          const shown = e => e.checkVisibility({ visibilityProperty: true }) && !e.closest(own);
          const text = e => { const c = e.cloneNode(true); c.querySelectorAll(own + ', .st, .tag, [data-name]').forEach(n => { if (n !== c) n.remove(); }); return c.textContent.trim().replace(/\s+/g, ' '); };
          const han = /[\u4e00-\u9fff]/;
          const found = [];
          const word = w => /^[A-Za-z][a-z]+$/.test(w) && !names.has(w);
          for (const e of root.querySelectorAll(short)) {
            if (!shown(e) || e.closest('[data-name]')) continue;
            const t = text(e);
            if (t && !han.test(t) && t.split(/[\s,.:;/()]+/).some(word)) found.push(`${e.tagName.toLowerCase()}: ${t}`);
          }
          const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const n = walk.currentNode;
            if (!n.parentElement || !shown(n.parentElement) || /^(SCRIPT|STYLE)$/.test(n.parentElement.tagName)) continue;
            const m = n.textContent.match(/\b[A-Za-z]+(?:[ ,]+[A-Za-z]+){3,}/);
            if (m) found.push(`${n.parentElement.tagName.toLowerCase()}: ${m[0]}`);
          }
          for (const e of root.querySelectorAll('[aria-label], [title], [placeholder]')) {
            if (!shown(e) || e.closest('[data-name]')) continue;
            for (const a of ['aria-label', 'title', 'placeholder']) {
              const t = e.getAttribute(a);
              if (t && !han.test(t) && /\b[A-Za-z]+(?:[ ,]+[a-z]+){2,}/.test(t)) found.push(`${a}: ${t}`);
            }
          }
          return [...new Set(found)];
        }
        """;
}
