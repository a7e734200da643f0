using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.TestHost;

namespace Marketplace.Web.Tests.Hosting;

/// <summary>A person's browser as far as static pages go: cookies, forms with their hidden fields, no redirects followed by itself.</summary>
internal sealed class Browser(TestServer server)
{
    private readonly CookieContainer cookies = new();
    private readonly HttpClient client = new(new Jar(server.CreateHandler())) { BaseAddress = new Uri("http://localhost") };

    public IHtmlDocument Page { get; private set; } = default!;

    public HttpResponseMessage Response { get; private set; } = default!;

    public string Text => Page.Body?.TextContent ?? "";

    public string? Location => Response.Headers.Location is { } uri ? (uri.IsAbsoluteUri ? uri.PathAndQuery : uri.ToString()) : null;

    public IEnumerable<string> SetCookies => Response.Headers.TryGetValues("Set-Cookie", out var values) ? values : [];

    public Task<HttpStatusCode> OpenAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Fills the form whose handler has this name and sends it with everything hidden in it.</summary>
    public Task<HttpStatusCode> SubmitAsync(string form, params (string Name, string Value)[] fields)
    {
        var element =
            Page.Forms.FirstOrDefault(f => f.QuerySelector("input[name=_handler]")?.GetAttribute("value") == form)
            ?? throw new InvalidOperationException($"There is no form '{form}' on {Response.RequestMessage?.RequestUri}: {Text}");
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (
            var input in element
                .QuerySelectorAll("input[name]")
                .OfType<IHtmlInputElement>()
                .Where(i => i.Type is not "checkbox" || i.IsChecked)
        )
            values[input.Name!] = input.Value;
        foreach (var select in element.QuerySelectorAll("select[name]").OfType<IHtmlSelectElement>())
            values[select.Name!] = select.Value ?? "";
        foreach (var (name, value) in fields)
            values[name] = value;
        return PostAsync(Response.RequestMessage!.RequestUri!.PathAndQuery, values);
    }

    public Task<HttpStatusCode> PostAsync(string path, Dictionary<string, string> values) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(values) });

    public async Task<HttpStatusCode> SignInAsync(string email, string password = PortalHost.Password, string path = "/sign-in")
    {
        await OpenAsync(path);
        return await SubmitAsync("sign-in", ("Input.Email", email), ("Input.Password", password));
    }

    private async Task<HttpStatusCode> SendAsync(HttpRequestMessage request)
    {
        var uri = new Uri(client.BaseAddress!, request.RequestUri!);
        if (cookies.GetCookieHeader(uri) is { Length: > 0 } header)
            request.Headers.Add("Cookie", header);
        request.Headers.TryAddWithoutValidation(
            "User-Agent",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
        );
        Response = await client.SendAsync(request);
        foreach (string cookie in SetCookies)
            Keep(uri, cookie);
        Page = await new HtmlParser().ParseDocumentAsync(await Response.Content.ReadAsStreamAsync());
        return Response.StatusCode;
    }

    // The host's clock stands in another year than the container's, so only deletions are taken from the expiry.
    private void Keep(Uri uri, string cookie)
    {
        string[] parts = cookie.Split(';', StringSplitOptions.TrimEntries);
        int equals = parts[0].IndexOf('=', StringComparison.Ordinal);
        bool gone = parts.Any(p => p.StartsWith("expires=Thu, 01 Jan 1970", StringComparison.OrdinalIgnoreCase));
        cookies.Add(uri, new Cookie(parts[0][..equals], parts[0][(equals + 1)..], "/") { Expired = gone });
    }

    private sealed class Jar(HttpMessageHandler inner) : DelegatingHandler(inner);
}
