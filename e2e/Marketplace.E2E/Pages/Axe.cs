using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Marketplace.E2E.Pages;

/// <summary>
/// axe-core on a page as it stands (WCAG). Only what is wrong is put together and sent: to describe what is in order is most of axe's work, and the
/// package's own way for pages with frames, which ours do not have, takes another two thirds.
/// </summary>
internal static class Axe
{
    private const string Run = """
        () => axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations
            .filter(v => v.impact === 'serious' || v.impact === 'critical')
            .map(v => `${v.id}: ${v.help} (${v.nodes.length}: ${v.nodes[0].html})`))
        """;
    private static readonly string Script = new BundledAxeScriptProvider().GetScript();

    /// <returns>The serious and critical findings, a line each.</returns>
    public static async Task<IReadOnlyList<string>> GraveAsync(IPage page)
    {
        Assert.Equal(0, await page.Locator("iframe").CountAsync());
        await page.EvaluateAsync(Script);
        return await page.EvaluateAsync<string[]>(Run);
    }
}
