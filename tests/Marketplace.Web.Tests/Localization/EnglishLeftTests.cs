using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Marketplace.E2E.Pages;

namespace Marketplace.Web.Tests.Localization;

/// <summary>What the guard against English on a Chinese page finds, and what it leaves alone, in the browser it runs in.</summary>
public sealed class EnglishLeftTests
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly (string Html, string Finding)[] Left =
    [
        ("<h1>Orders</h1>", "h1: Orders"),
        ("<button>Stop the run</button>", "button: Stop the run"),
        ("<table><thead><tr><th>Placed</th></tr></thead></table>", "th: Placed"),
        ("<p>付款后 the rest comes back to you</p>", "p: the rest comes back to you"),
        ("<span class='st'>running</span>", "span: running"),
        ("<a href='#' aria-label='Open the audit trail'>开</a>", "aria-label: Open the audit trail"),
        ("<input placeholder='Search errors and ids'>", "placeholder: Search errors and ids"),
        ("<h4>Stop <span class='mono'>停止</span></h4>", "h4: Stop"),
    ];

    private static readonly string[] Fine =
    [
        "<h1>订单</h1>",
        "<h2>API</h2>",
        "<table><tr><th>GPU</th></tr></table>",
        "<button>停止</button>",
        "<p>Kubernetes API server 已连接</p>",
        "<h3 data-name>Hohhot Green Compute</h3>",
        "<p data-authored>They wrote this sentence themselves here</p>",
        "<pre>error from the server was this</pre>",
        "<code>kubectl get pods now please</code>",
        "<p style='display:none'>nobody can read this one here</p>",
        "<p lang='en'>this is meant to be English</p>",
        "<h2>ctr_01 <span class='mono'>Stop</span> 停止</h2>",
        "<select><option>Any of these will do</option></select>",
    ];

    // One page for all of them, because starting a browser takes a second.
    [BrowserFact]
    public async Task It_finds_what_is_left_and_nothing_else()
    {
        var found = await FindAsync(string.Concat(Left.Select(l => l.Html).Concat(Fine).Select(html => $"<div>{html}</div>")));
        Assert.Equal(Left.Select(l => l.Finding).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    private static async Task<string[]> FindAsync(string html)
    {
        string folder = Directory.CreateTempSubdirectory("english-left").FullName;
        try
        {
            string page = Path.Combine(folder, "page.html");
            await File.WriteAllTextAsync(
                page,
                $$"""
                <!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8"></head><body><main>{{html}}</main><output></output>
                <script>document.querySelector('output').textContent = JSON.stringify(({{EnglishLeftScript.Text}})(document.querySelector('main')));</script>
                </body></html>
                """
            );
            var start = new ProcessStartInfo(Chromium)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (
                string argument in new[]
                {
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-background-networking",
                    $"--user-data-dir={Path.Combine(folder, "profile")}",
                    "--dump-dom",
                    new Uri(page).AbsoluteUri,
                }
            )
                start.ArgumentList.Add(argument);
            using var browser = Process.Start(start)!;
            // Read, or a full pipe would hold the browser up.
            Task<string> errors = browser.StandardError.ReadToEndAsync();
            string dom = await browser.StandardOutput.ReadToEndAsync();
            await browser.WaitForExitAsync();
            await errors;
            int from = dom.IndexOf("<output>", StringComparison.Ordinal) + "<output>".Length;
            string json = WebUtility.HtmlDecode(dom[from..dom.IndexOf("</output>", StringComparison.Ordinal)]);
            return JsonSerializer.Deserialize<string[]>(json)!;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? SkipReason => File.Exists(Chromium) ? null : "chromium is not installed: apt-get install chromium";

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class BrowserFactAttribute : FactAttribute
    {
        public BrowserFactAttribute() => Skip = SkipReason;
    }
}
