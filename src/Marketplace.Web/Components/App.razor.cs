using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace Marketplace.Web.Components;

/// <summary>The document. Pages run on a circuit without prerendering, except those that ask to be static (identity, errors).</summary>
public partial class App
{
    [CascadingParameter]
    private HttpContext HttpContext { get; set; } = default!;

    private InteractiveServerRenderMode? Mode =>
        HttpContext.AcceptsInteractiveRouting() ? new InteractiveServerRenderMode(prerender: false) : null;

    // Written by theme.js. Without it the script asks the system before the first paint.
    private string? ThemeChoice => HttpContext.Request.Cookies["theme"] is "light" or "dark" ? HttpContext.Request.Cookies["theme"] : null;

    private string Theme => ThemeChoice ?? "light";
}
