using System.Net;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Charts;

internal static class SvgText
{
    /// <summary>An SVG text element. Razor takes <c>&lt;text&gt;</c> for its own, so it is written by hand; the text is encoded.</summary>
    public static MarkupString At(double x, double y, string anchor, string text, string? cssClass = null) =>
        (MarkupString)
            $"<text x=\"{Scale.N(x)}\" y=\"{Scale.N(y)}\" text-anchor=\"{anchor}\"{(cssClass is null ? "" : $" class=\"{cssClass}\"")}>{WebUtility.HtmlEncode(text)}</text>";
}
