using Bunit;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Shared.Grid;

namespace Marketplace.Web.Tests.Shared;

public sealed class DataGridTests : PortalContext
{
    private static readonly string[] Names = ["ada", "bo", "cleo", "dot", "edith"];
    private readonly List<GridQuery> _asked = [];

    private IRenderedComponent<SampleGrid> Grid(
        Func<GridQuery, CancellationToken, Task<GridPage<string>>>? load = null,
        string? sort = null
    ) => Render<SampleGrid>(p => p.Add(x => x.Load, load ?? Answer).Add(x => x.DefaultSort, sort));

    private Task<GridPage<string>> Answer(GridQuery query, CancellationToken cancellation)
    {
        _asked.Add(query);
        var rows = Names.Where(name => query.Search is null || name.Contains(query.Search, StringComparison.Ordinal)).ToList();
        return Task.FromResult(new GridPage<string>([.. rows.Skip(query.Skip).Take(query.Size)], rows.Count));
    }

    [Fact]
    public void First_page_has_a_caption_headers_and_rows()
    {
        var grid = Grid();
        Assert.Equal("Samples", grid.Find("caption").TextContent);
        Assert.Equal(["ada", "bo"], grid.FindAll("tbody tr td:first-child").Select(cell => cell.TextContent));
        Assert.All(grid.FindAll("th"), header => Assert.Equal("col", header.GetAttribute("scope")));
        Assert.Contains("num", grid.Find("tbody td:nth-child(2)").ClassName);
        Assert.Equal("1 to 2 of 5", grid.Find(".pager .faint").TextContent);
        Assert.Equal("5 rows", grid.Find("[role=status]").TextContent);
    }

    [Fact]
    public void Cells_carry_their_column_s_title_for_cards_on_a_phone_except_columns_of_buttons()
    {
        var cells = Grid().FindAll("tbody tr:first-child td");
        Assert.Equal(["Name", "Length", null], cells.Select(cell => cell.GetAttribute("data-label")));
    }

    [Fact]
    public void State_comes_from_the_url()
    {
        Navigation.NavigateTo("/list?q=o&sort=-length&page=2&kind=gang");
        Grid();
        var asked = Assert.Single(_asked);
        Assert.Equal((2, "length", true, "o", "gang"), (asked.Page, asked.Sort, asked.Descending, asked.Search, asked.Filter("kind")));
        Assert.Equal("-length", asked.ToPageQuery().Sort);
        Assert.Equal(2, asked.ToPageQuery().Skip);
    }

    [Theory]
    [InlineData("page=0&size=0", 1, 1)]
    [InlineData("page=-4&size=100000", 1, 200)]
    [InlineData("page=x&size=y", 1, 2)]
    public void Nonsense_in_the_url_is_brought_into_bounds(string query, int page, int size)
    {
        Navigation.NavigateTo("/list?" + query);
        Grid();
        Assert.Equal((page, size), (_asked[0].Page, _asked[0].Size));
    }

    [Fact]
    public void Sorting_goes_up_then_down_then_back_and_is_announced_by_the_header()
    {
        Navigation.NavigateTo("/list?page=2");
        var grid = Grid();
        grid.Find("th button.sort").Click();
        Assert.EndsWith("/list?sort=name", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("ascending", grid.Find("th").GetAttribute("aria-sort"));
        grid.Find("th button.sort").Click();
        Assert.EndsWith("/list?sort=-name", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("descending", grid.Find("th").GetAttribute("aria-sort"));
        grid.Find("th button.sort").Click();
        Assert.EndsWith("/list", Navigation.Uri, StringComparison.Ordinal);
        Assert.Null(grid.Find("th").GetAttribute("aria-sort"));
        Assert.Equal(4, _asked.Count);
    }

    [Fact]
    public void Paging_moves_through_the_url()
    {
        var grid = Grid();
        grid.Find("[aria-label='Next page']").Click();
        Assert.EndsWith("?page=2", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("cleo", grid.Find("tbody td").TextContent);
        grid.Find("[aria-label='Previous page']").Click();
        Assert.DoesNotContain("page", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_list_and_a_narrowed_one_say_different_things()
    {
        Assert.Contains("Nothing here yet.", Grid((_, _) => Task.FromResult(new GridPage<string>([], 0))).Markup, StringComparison.Ordinal);
        Navigation.NavigateTo("/list?q=zzz");
        var narrowed = Grid();
        Assert.Contains("Nothing matches", narrowed.Markup, StringComparison.Ordinal);
        narrowed.Find(".empty button").Click();
        Assert.DoesNotContain("q=", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal(2, narrowed.FindAll("tbody tr").Count);
    }

    [Fact]
    public void A_failed_read_shows_a_trace_and_a_way_out_that_works()
    {
        var fails = true;
        var grid = Grid((query, token) => fails ? throw new TimeoutException("sample") : Answer(query, token));
        var alert = grid.Find("[role=alert]");
        Assert.Contains("could not be read", alert.TextContent, StringComparison.Ordinal);
        Assert.Matches("[0-9a-f]{32}", alert.QuerySelector("code")!.TextContent);
        Assert.DoesNotContain("sample", alert.TextContent, StringComparison.Ordinal);
        fails = false;
        alert.QuerySelector("button")!.Click();
        Assert.Equal(2, grid.FindAll("tbody tr").Count);
    }

    [Fact]
    public void A_refusal_is_shown_in_the_module_s_words()
    {
        var grid = Grid((_, _) => Task.FromResult(GridPage<string>.Refused(Problem.Forbidden("Ask an owner for the buyer role."))));
        Assert.Contains("Ask an owner for the buyer role.", grid.Find("[role=alert]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void The_answer_to_an_older_question_is_dropped()
    {
        var slow = new TaskCompletionSource<GridPage<string>>();
        var grid = Grid((query, token) => query.Search == "slow" ? slow.Task : Answer(query, token));
        Navigation.NavigateTo("/?q=slow");
        Assert.Equal("true", grid.Find(".grid").GetAttribute("aria-busy"));
        Navigation.NavigateTo("/?q=dot");
        slow.SetResult(new GridPage<string>(["late"], 1));
        Assert.Equal("dot", grid.Find("tbody td").TextContent);
        Assert.DoesNotContain("late", grid.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaving_the_page_asks_nothing_more()
    {
        Navigation.NavigateTo("/list");
        Grid();
        Navigation.NavigateTo("/other?q=x");
        Assert.Single(_asked);
    }

    [Fact]
    public void With_filter_keys_foreign_parameters_do_not_count_as_filters()
    {
        Navigation.NavigateTo("/list?tab=two&kind=gang");
        Render<SampleGrid>(p => p.Add(x => x.Load, Answer).Add(x => x.FilterKeys, ["kind"]));
        Assert.Equal(["kind"], _asked[0].Filters.Keys);
    }

    [Fact]
    public void An_uncounted_list_still_leads_to_its_next_page()
    {
        var grid = Grid((query, _) => Task.FromResult(new Page<string>(["one", "two"], query.Page < 3 ? "next" : null).ToGrid()));
        Assert.Equal("1 to 2", grid.Find(".pager .faint").TextContent);
        grid.Find("[aria-label='Next page']").Click();
        grid.Find("[aria-label='Next page']").Click();
        Assert.True(grid.Find("[aria-label='Next page']").HasAttribute("disabled"));
    }
}
