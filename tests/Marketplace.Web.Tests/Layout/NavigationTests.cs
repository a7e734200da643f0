using Marketplace.Web.Components.Layout;
using Marketplace.Web.Components.Layout.Navigation;
using Marketplace.Web.Components.Shared.Icons;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Tests.Layout;

public sealed class NavigationTests : PortalContext
{
    private static readonly IReadOnlyList<NavSection> Sections =
    [
        new(null, [new NavItem("a", "/a", "Nav.Orders", IconName.Box), new NavItem("b", "/b", "Nav.Runs", IconName.Play)]),
        new("Nav.Section.Money", [new NavItem("c", "/c", "Nav.Costs", IconName.Bars)]),
    ];

    [Theory]
    [InlineData("", WorkspaceKind.Customer)]
    [InlineData("orders/ord_1?x=1", WorkspaceKind.Customer)]
    [InlineData("/center/fleet", WorkspaceKind.Center)]
    [InlineData("operator", WorkspaceKind.Operator)]
    [InlineData("admin?x", WorkspaceKind.Admin)]
    [InlineData("centers", WorkspaceKind.Customer)]
    public void The_path_says_which_workspace_it_is(string path, WorkspaceKind expected) => Assert.Equal(expected, Workspaces.Of(path));

    [Fact]
    public void Entries_without_a_page_are_left_out_and_so_are_their_empty_groups()
    {
        var existing = Workspaces.Existing(Sections, href => href == "/b");
        Assert.Equal("b", Assert.Single(Assert.Single(existing).Items).Id);
    }

    [Fact]
    public void Every_shown_entry_leads_to_a_page()
    {
        foreach (var item in Enum.GetValues<WorkspaceKind>().SelectMany(Workspaces.Sections).SelectMany(section => section.Items))
        {
            Assert.True(PageRoutes.Exists(item.Href), item.Href);
        }

        Assert.True(PageRoutes.Exists("/"));
        Assert.False(PageRoutes.Exists("/no-such-page"));
    }

    [Fact]
    public void Every_entry_has_a_name_in_both_languages_and_an_id_of_its_own()
    {
        var all = Enum.GetValues<WorkspaceKind>().SelectMany(Workspaces.All).ToList();
        var items = all.SelectMany(section => section.Items).ToList();
        Assert.Equal(items.Count, items.Select(item => item.Id).Distinct(StringComparer.Ordinal).Count());
        foreach (var culture in new[] { "en", "zh-Hans" })
        {
            Speak(culture);
            var text = Services.GetRequiredService<IStringLocalizer<LayoutText>>();
            Assert.All(items, item => Assert.False(text[item.LabelKey].ResourceNotFound, item.LabelKey));
            Assert.All(all.Select(section => section.TitleKey).OfType<string>(), key => Assert.False(text[key].ResourceNotFound, key));
        }
    }

    [Fact]
    public void Entries_stay_within_their_workspace_and_four_phone_tabs()
    {
        foreach (var kind in Enum.GetValues<WorkspaceKind>())
        {
            var items = Workspaces.All(kind).SelectMany(section => section.Items).ToList();
            Assert.All(items, item => Assert.Equal(kind, Workspaces.Of(item.Href)));
            Assert.InRange(items.Count(item => item.PhoneTab), 1, 4);
        }
    }

    [Theory]
    [InlineData("Lingxi Robotics", "LR")]
    [InlineData("Yunlan", "YU")]
    [InlineData("灵犀机器人", "灵")]
    [InlineData("chen.wei@lingxi.example", "CW")]
    [InlineData("  ", "")]
    public void Badges_hold_two_letters_or_one_character(string name, string expected) => Assert.Equal(expected, Initials.Of(name));
}
