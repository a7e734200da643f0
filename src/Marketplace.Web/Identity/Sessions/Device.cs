namespace Marketplace.Web.Identity.Sessions;

/// <summary>A user agent in words a person recognises.</summary>
internal static class Device
{
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("MicroMessenger/", "WeChat"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];

    public static string Of(string userAgent)
    {
        string? browser = Find(Browsers, userAgent);
        string? system = Find(Systems, userAgent);
        return (browser, system) switch
        {
            ({ } b, { } s) => $"{b}, {s}",
            ({ } b, null) => b,
            (null, { } s) => s,
            _ => userAgent.Length > 0 ? userAgent[..Math.Min(60, userAgent.Length)] : "Unknown",
        };
    }

    private static string? Find((string Mark, string Name)[] table, string text) =>
        table.FirstOrDefault(e => text.Contains(e.Mark, StringComparison.Ordinal)).Name;
}
