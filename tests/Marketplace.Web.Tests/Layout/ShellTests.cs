using Bunit;
using Marketplace.Web.Components.Layout;
using Marketplace.Web.Components.Layout.Navigation;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Layout;

public sealed class ShellTests : PortalContext
{
    private readonly KnownSource _source = new();

    public ShellTests()
    {
        Services.AddSingleton<INavigationSource>(_source);
        SignIn("Chen Wei");
        ComponentFactories.AddStub<Microsoft.AspNetCore.Components.Forms.AntiforgeryToken>();
    }

    [Fact]
    public void The_shell_shows_person_workspaces_and_foot_and_one_main_landmark()
    {
        Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().NavigateTo("/explore?chip=H100");
        var shell = Shell();
        Assert.Single(shell.FindAll("main"));
        // On the page one is on: a bare "#main" would lead to the start page.
        Assert.Equal("/explore?chip=H100#main", shell.Find(".skip").GetAttribute("href"));
        Assert.Equal("CW", shell.Find(".avatar").TextContent);
        Assert.Contains("Lingxi Robotics", shell.Find(".who summary").TextContent, StringComparison.Ordinal);
        Assert.Equal(2, shell.FindAll(".who menu a").Count);
        Assert.Equal("¥184,220.50", shell.Find(".rail .foot b").TextContent);
    }

    [Fact]
    public void Nobody_s_shell_has_no_switcher_no_foot_and_no_person()
    {
        _source.View = NavigationView.Nobody;
        var shell = Shell();
        Assert.Empty(shell.FindAll(".who"));
        Assert.Empty(shell.FindAll(".rail .foot"));
        Assert.Empty(shell.FindAll(".avatar"));
    }

    [Fact]
    public void The_shell_reads_again_when_the_source_says_so_and_stops_when_gone()
    {
        var shell = Shell();
        _source.View = _source.View with { Foot = new NavFoot("Prepaid", "¥1.00") };
        _source.Raise();
        Assert.Equal("¥1.00", shell.Find(".rail .foot b").TextContent);
        shell.Instance.Dispose();
        Assert.Equal(0, _source.Listeners);
    }

    [Fact]
    public void A_source_that_fails_keeps_the_last_figures()
    {
        var shell = Shell();
        _source.Fails = true;
        _source.Raise();
        Assert.Equal("¥184,220.50", shell.Find(".rail .foot b").TextContent);
    }

    [Fact]
    public void A_page_that_throws_leaves_the_shell_and_a_trace()
    {
        var shell = Render<MainLayout>(p =>
            p.Add(x => x.Body, (RenderFragment)(_ => throw new InvalidOperationException("secret detail")))
        );
        var alert = shell.Find("main [role=alert]");
        Assert.Contains("Your orders, your money", alert.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("secret detail", shell.Markup, StringComparison.Ordinal);
        Assert.Matches("[0-9a-f]{32}", alert.QuerySelector("code")!.TextContent);
        Assert.NotNull(shell.Find(".rail"));
    }

    [Fact]
    public void The_language_switch_comes_back_to_the_same_page_with_its_query()
    {
        var links = Render<LanguageSwitch>(p => p.Add(x => x.ReturnPath, "/orders?page=2")).FindAll("a");
        Assert.Equal("/culture?set=zh-Hans&returnUrl=%2Forders%3Fpage%3D2", links[1].GetAttribute("href"));
        Assert.Equal("true", links[0].GetAttribute("aria-current"));
        Assert.Equal("zh-Hans", links[1].GetAttribute("lang"));
    }

    [Fact]
    public void Theme_and_search_have_names()
    {
        var shell = Shell();
        Assert.Equal(
            ["light", "dark", "system"],
            shell.FindAll("[data-set-theme]").Select(button => button.GetAttribute("data-set-theme"))
        );
        Assert.NotNull(shell.Find("summary[aria-label='Light or dark']"));
        Assert.NotNull(shell.Find("[data-palette]"));
    }

    [Fact]
    public void Without_a_source_there_is_no_bell() => Assert.Empty(Shell().FindAll(".notices"));

    [Fact]
    public void The_palette_finds_workspaces_and_what_the_sources_know()
    {
        Services.AddSingleton<ISearchSource>(new OrdersOnly());
        var palette = Render<CommandPalette>(p =>
            p.Add(x => x.Workspace, WorkspaceKind.Customer).Add(x => x.Workspaces, _source.View.Workspaces)
        );
        palette.Find("input").Input("hohhot");
        Assert.Contains("Hohhot Green", palette.Find("[role=option]").TextContent, StringComparison.Ordinal);
        palette.Find("input").Input("vision");
        Assert.Contains("vision-pretrain", palette.Find("[role=option]").TextContent, StringComparison.Ordinal);
        palette.Find("input").KeyDown("Enter");
        Assert.EndsWith("/orders/ord_1", Navigation.Uri, StringComparison.Ordinal);
        palette.Find("input").Input("zzzz");
        Assert.Contains("Nothing matches zzzz", palette.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Someone_signed_in_is_told_that_a_page_is_not_theirs()
    {
        var page = Render<RefusedPage>();
        Assert.Equal("This page is not yours to see", page.Find("h1").TextContent);
    }

    private IRenderedComponent<MainLayout> Shell() => Render<MainLayout>(p => p.Add(x => x.Body, "<p>page</p>"));

    private sealed class OrdersOnly : ISearchSource
    {
        public Task<IReadOnlyList<SearchHit>> FindAsync(WorkspaceKind workspace, string text, int limit, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<SearchHit>>(
                text == "vision" ? [new SearchHit("Order", "vision-pretrain", null, "/orders/ord_1")] : []
            );
    }

    private sealed class KnownSource : INavigationSource
    {
        public event Action? Changed;

        public int Listeners => Changed?.GetInvocationList().Length ?? 0;

        public bool Fails { get; set; }

        public NavigationView View { get; set; } =
            new(
                new PersonView("Chen Wei", "chen.wei@lingxi.example"),
                [
                    new WorkspaceView("org_1", "Lingxi Robotics", WorkspaceKind.Customer, "/explore", true),
                    new WorkspaceView("org_2", "Hohhot Green", WorkspaceKind.Center, "/center/clusters", false),
                ],
                new Dictionary<string, NavCount>(StringComparer.Ordinal) { ["quotes"] = new(2, WaitsForYou: true) },
                new NavFoot("Prepaid", "¥184,220.50", "Lasts 9 days", 0.61)
            );

        public Task<NavigationView> ReadAsync(WorkspaceKind workspace, CancellationToken cancellation) =>
            Fails ? Task.FromException<NavigationView>(new TimeoutException("no database")) : Task.FromResult(View);

        public void Raise() => Changed?.Invoke();
    }
}
