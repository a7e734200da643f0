using Bunit;
using Marketplace.Web.Components.Shared.Capacity;

namespace Marketplace.Web.Tests.Shared;

public sealed class CapacityTests : PortalContext
{
    [Fact]
    public void A_bar_fills_at_least_one_cell_when_anything_is_free_and_all_only_when_all_is_free()
    {
        foreach (var total in Enumerable.Range(1, 64))
        {
            foreach (var free in Enumerable.Range(0, total + 1))
            {
                var filled = new CapacityBarProbe(free, total).Filled;
                Assert.Equal(free == 0, filled == 0);
                Assert.Equal(free == total, filled == 8);
            }
        }
    }

    [Fact]
    public void A_bar_says_its_numbers()
    {
        var bar = Render<CapacityBar>(p => p.Add(x => x.Free, 1312).Add(x => x.Total, 4096).Add(x => x.Label, "Ascend 910B, Hohhot"));
        Assert.Equal("Ascend 910B, Hohhot: 1,312 / 4,096", bar.Find("[role=img]").GetAttribute("aria-label"));
        Assert.Equal(3, bar.FindAll("i.f").Count);
        Assert.Equal(8, bar.FindAll("i").Count);
    }

    [Fact]
    public void Nothing_at_all_is_an_empty_bar() =>
        Assert.Empty(Render<CapacityBar>(p => p.Add(x => x.Free, 0).Add(x => x.Total, 0).Add(x => x.Label, "none")).FindAll("i.f"));

    [Fact]
    public void Every_state_has_a_shape_of_its_own()
    {
        var classes = CellStates.Shown.Select(CellStates.Class).ToList();
        Assert.Equal(classes.Count, classes.Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotContain(null, classes);
    }

    [Fact]
    public void A_node_says_in_words_what_its_cells_show()
    {
        var node = new DeviceNode("hb-079", [.. Enumerable.Repeat(CellState.Sold, 6), CellState.Faulty, CellState.Faulty], Drained: true);
        var grid = Render<DeviceGrid>(p =>
            p.Add(x => x.Nodes, [node]).Add(x => x.Label, "Fleet").Add(x => x.NodeHref, n => "/center/fleet/" + n.Name)
        );
        var box = grid.Find("a");
        Assert.Equal("hb-079: 6 sold, 2 faulty", box.GetAttribute("aria-label"));
        Assert.Equal("/center/fleet/hb-079", box.GetAttribute("href"));
        Assert.Contains("drain", box.ClassName);
        Assert.Equal(2, grid.FindAll("i.x").Count);
    }

    [Fact]
    public void The_clock_counts_by_server_time_and_ends_once()
    {
        var ended = 0;
        var now = Time.GetUtcNow();
        var clock = Render<CountdownRing>(p =>
            p.Add(x => x.Label, "Held for you")
                .Add(x => x.Started, now)
                .Add(x => x.Deadline, now.AddMinutes(2))
                .Add(x => x.OnEnded, () => ended++)
        );
        Assert.Equal("02:00", clock.Find("b").TextContent);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("01:59", clock.Find("b").TextContent);
        Assert.Equal("", clock.Find("[role=status]").TextContent);
        Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("Less than a minute left", clock.Find("[role=status]").TextContent);
        Assert.Equal(0, ended);
        Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("00:00", clock.Find("b").TextContent);
        Assert.Equal("The hold has ended", clock.Find("[role=status]").TextContent);
        Assert.Equal(1, ended);
        Assert.Equal(0, Time.ActiveTimers);
    }

    [Fact]
    public void The_clock_never_shows_zero_while_time_is_left()
    {
        var now = Time.GetUtcNow();
        var clock = Render<CountdownRing>(p =>
            p.Add(x => x.Label, "Held").Add(x => x.Started, now).Add(x => x.Deadline, now.AddMilliseconds(300))
        );
        Assert.Equal("00:01", clock.Find("b").TextContent);
    }

    [Fact]
    public void An_extended_hold_counts_on()
    {
        var now = Time.GetUtcNow();
        var ended = 0;
        var clock = Render<CountdownRing>(p =>
            p.Add(x => x.Label, "Held").Add(x => x.Started, now).Add(x => x.Deadline, now.AddSeconds(1)).Add(x => x.OnEnded, () => ended++)
        );
        Time.Advance(TimeSpan.FromSeconds(2));
        clock.Render(p => p.Add(x => x.Deadline, now.AddSeconds(10)));
        Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("00:05", clock.Find("b").TextContent);
        Assert.Equal(1, ended);
    }

    [Fact]
    public void A_clock_that_is_gone_stops_its_timer()
    {
        var now = Time.GetUtcNow();
        var clock = Render<CountdownRing>(p => p.Add(x => x.Label, "Held").Add(x => x.Started, now).Add(x => x.Deadline, now.AddHours(2)));
        Assert.Equal("2:00:00", clock.Find("b").TextContent);
        clock.Instance.Dispose();
        Assert.Equal(0, Time.ActiveTimers);
    }

    // The arithmetic without the markup.
    private sealed class CapacityBarProbe : CapacityBar
    {
        public CapacityBarProbe(int free, int total) => (Free, Total) = (free, total);
    }
}
