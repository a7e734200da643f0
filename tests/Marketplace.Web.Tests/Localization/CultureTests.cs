using System.Net;
using Marketplace.Testing;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Localization;

public sealed class CultureTests
{
    [Fact]
    public async Task Choosing_a_language_is_remembered_and_leads_back()
    {
        await using var app = await StartAsync();
        var answer = await app.GetTestClient().GetAsync("/culture?set=zh-Hans&returnUrl=%2Forders%3Fpage%3D2");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/orders?page=2", answer.Headers.Location!.ToString());
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("zh-Hans", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("orders")]
    [InlineData("/a\r\nSet-Cookie: x=1")]
    public async Task It_never_leads_to_another_host(string target)
    {
        await using var app = await StartAsync();
        var answer = await app.GetTestClient().GetAsync("/culture?set=en&returnUrl=" + Uri.EscapeDataString(target));
        Assert.Equal("/", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_language_we_do_not_speak_changes_nothing()
    {
        await using var app = await StartAsync();
        var answer = await app.GetTestClient().GetAsync("/culture?set=tlh&returnUrl=/orders");
        Assert.Equal("/orders", answer.Headers.Location!.ToString());
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("zh-CN,zh;q=0.9", "zh-Hans")]
    [InlineData("zh-SG", "zh-Hans")]
    [InlineData("de-DE", "en")]
    [InlineData("en-GB", "en")]
    public async Task The_browser_s_language_is_the_default(string accept, string expected)
    {
        await using var app = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/lang");
        request.Headers.TryAddWithoutValidation("Accept-Language", accept);
        var answer = await app.GetTestClient().SendAsync(request);
        Assert.Equal(expected, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddPortalLocalization();
        builder.Services.AddSingleton<TimeProvider>(new ManualTimeProvider());
        var app = builder.Build();
        app.UseRequestLocalization();
        app.MapCulture();
        app.MapGet("/lang", () => Results.Text(CultureModule.HtmlLanguage));
        await app.StartAsync();
        return app;
    }
}
