using System.Globalization;
using System.Text.RegularExpressions;
using Bunit;
using Marketplace.Web.Components.Shared.Charts;

namespace Marketplace.Web.Tests.Shared;

public sealed partial class ChartTests : PortalContext
{
    private static readonly DateTimeOffset Start = new(2026, 3, 4, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 26_830)]
    [InlineData(0, 1)]
    [InlineData(0, 0.007)]
    [InlineData(0, 153_000)]
    [InlineData(-40, 12)]
    [InlineData(0, 0)]
    [InlineData(3, 9.999)]
    public void Axes_hold_zero_and_every_value_with_two_to_five_even_lines(double least, double most)
    {
        var ticks = Scale.Ticks(least, most);
        Assert.InRange(ticks.Count, 2, 6);
        Assert.Contains(ticks, tick => Math.Abs(tick) < 1e-9);
        Assert.True(ticks[0] <= least && ticks[^1] >= most);
        var step = ticks[1] - ticks[0];
        Assert.All(ticks.Zip(ticks.Skip(1)), pair => Assert.Equal(step, pair.Second - pair.First, 6));
    }

    [Fact]
    public void The_median_of_prices_counts_each_from_the_day_it_began()
    {
        (DateTimeOffset, decimal) From(int day, decimal price) => (Start.AddDays(day), price);
        Assert.Equal(
            [10, 10, 15, 20, 22],
            PriceTrend.Median(
                [
                    [From(0, 10), From(3, 22)],
                    [From(2, 20)],
                    [From(3, 5), From(4, 90)],
                ],
                Start.AddDays(4),
                6
            )
        );
        Assert.Empty(PriceTrend.Median([], Start, 6));
    }

    [Fact]
    public void A_line_chart_describes_itself_in_words()
    {
        var chart = Render<LineChart>(p => p.Add(x => x.Label, "Throughput").Add(x => x.Series, [Line("tokens", 0, 200, 150)]));
        var svg = chart.Find("svg");
        Assert.Equal("img", svg.GetAttribute("role"));
        var words = svg.GetAttribute("aria-labelledby")!.Split(' ').Select(id => chart.Find("#" + id).TextContent).ToList();
        Assert.Equal("Throughput", words[0]);
        Assert.Equal("tokens: from 0 to 150, lowest 0, highest 200", words[1]);
    }

    [Fact]
    public void A_gap_in_the_data_is_a_gap_in_the_line()
    {
        var chart = Render<LineChart>(p =>
            p.Add(x => x.Label, "Gap").Add(x => x.Series, [Line("s", 1, 2, null, 3, 4) with { Filled = true }])
        );
        Assert.Equal(2, chart.Find("path.l").GetAttribute("d")!.Count(c => c == 'M'));
        Assert.Equal(2, chart.Find("path.a").GetAttribute("d")!.Count(c => c == 'Z'));
    }

    [Fact]
    public void A_limit_above_the_data_is_still_inside_the_drawing()
    {
        var chart = Render<LineChart>(p =>
            p.Add(x => x.Label, "Spend").Add(x => x.Series, [Line("s", 0, 10)]).Add(x => x.Limit, 26_830).Add(x => x.LimitText, "held")
        );
        var y = double.Parse(chart.Find("line.lim").GetAttribute("y1")!, CultureInfo.InvariantCulture);
        Assert.InRange(y, 8, 100);
    }

    [Fact]
    public void Words_from_outside_cannot_become_markup()
    {
        var chart = Render<LineChart>(p =>
            p.Add(x => x.Label, "Marks")
                .Add(x => x.Series, [Line("s", 0, 10)])
                .Add(x => x.Marks, [new ChartMark(Start.AddHours(1), "<script>alert(1)</script>")])
        );
        Assert.Empty(chart.FindAll("script"));
        Assert.Contains("&lt;script&gt;", chart.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "No measurements yet.")]
    [InlineData("zh-Hans", "暂无数据。")]
    public void No_data_is_said_and_not_drawn(string culture, string said)
    {
        Speak(culture);
        Assert.Contains(
            said,
            Render<LineChart>(p => p.Add(x => x.Label, "None").Add(x => x.Series, [Line("s")])).Markup,
            StringComparison.Ordinal
        );
        Assert.Contains(
            said,
            Render<StackedBars>(p => p.Add(x => x.Label, "None").Add(x => x.Groups, []).Add(x => x.Series, [])).Markup,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Stacked_parts_add_up_to_their_column()
    {
        var bars = Render<StackedBars>(p =>
            p.Add(x => x.Label, "Weeks")
                .Add(x => x.Series, ["a", "b"])
                .Add(x => x.Groups, [new BarGroup("w1", [100, 50]), new BarGroup("w2", [150, 0])])
        );
        var rects = bars.FindAll("rect").Select(rect => (Y: Number(rect, "y"), H: Number(rect, "height"))).ToList();
        Assert.Equal(3, rects.Count);
        // Both columns sum to 150, so both end at the same height; each part leaves a line of 1 below it.
        Assert.Equal(rects[1].Y, rects[2].Y, 1);
        Assert.Equal(rects[0].Y, rects[1].Y + rects[1].H + 1, 1);
        Assert.Equal("w1: a 100, b 50", bars.Find("g > title").TextContent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_newest_of_many_columns_carries_its_sum_beside_it_and_inside_the_picture(bool wide)
    {
        var bars = Render<StackedBars>(p =>
            p.Add(x => x.Label, "Days")
                .Add(x => x.Wide, wide)
                .Add(x => x.Series, ["a"])
                .Add(x => x.Groups, [.. Enumerable.Range(1, 30).Select(day => new BarGroup($"d{day}", [1000 + day]))])
                .Add(x => x.Axis, value => $"¥{value:0}")
        );
        var last = bars.FindAll("rect")[^1];
        var label = bars.Find("text.v");
        Assert.Equal(("start", "¥1030"), (label.GetAttribute("text-anchor"), label.TextContent));
        Assert.True(Number(label, "x") >= Number(last, "x") + Number(last, "width"), label.OuterHtml);
        // A letter of the label is at most 7 wide.
        Assert.True(Number(label, "x") + label.TextContent.Length * 7 <= (wide ? 600 : 380), label.OuterHtml);
    }

    [Fact]
    public void A_waterfall_starts_each_step_where_the_last_ended_and_signs_its_changes()
    {
        var fall = Render<Waterfall>(p =>
            p.Add(x => x.Label, "Price")
                .Add(
                    x => x.Steps,
                    [new WaterfallStep("Wholesale", 3), new WaterfallStep("Voucher", -1), new WaterfallStep("Retail", 0, IsTotal: true)]
                )
        );
        Assert.Equal("Wholesale 3; Voucher \u22121; Retail 2", fall.Find("desc").TextContent);
        var rects = fall.FindAll("rect").Select(rect => (Y: Number(rect, "y"), H: Number(rect, "height"))).ToList();
        Assert.Equal(rects[0].Y, rects[1].Y, 1);
        Assert.Equal(rects[1].Y + rects[1].H, rects[2].Y, 1);
    }

    [Fact]
    public void A_spark_of_one_value_is_a_dash()
    {
        Assert.Empty(Render<Sparkline>(p => p.Add(x => x.Values, [1d]).Add(x => x.Label, "Trend")).FindAll("svg"));
        var flat = Render<Sparkline>(p => p.Add(x => x.Values, [5d, 5d, 5d]).Add(x => x.Label, "Trend, flat"));
        Assert.DoesNotMatch(NotANumber(), flat.Markup);
        Assert.Equal("Trend, flat", flat.Find("svg").GetAttribute("aria-label"));
    }

    [Fact]
    public void A_price_trend_holds_each_price_until_the_next_and_starts_with_the_first()
    {
        (DateTimeOffset From, decimal Price)[] changes = [(Start, 10m), (Start.AddDays(2), 12m), (Start.AddDays(3.5), 8m)];
        Assert.Equal([10d, 10d, 12d, 12d, 8d], PriceTrend.Daily(changes, Start.AddDays(4), days: 5));
        // Two days before the first price there is nothing to draw.
        Assert.Equal([10d, 10d, 12d], PriceTrend.Daily(changes, Start.AddDays(2), days: 5));
        Assert.Empty(PriceTrend.Daily([], Start, days: 5));
    }

    [GeneratedRegex("NaN|∞")]
    private static partial Regex NotANumber();

    private static double Number(AngleSharp.Dom.IElement element, string name) =>
        double.Parse(element.GetAttribute(name)!, CultureInfo.InvariantCulture);

    private static ChartSeries Line(string name, params double?[] values) =>
        new(name, [.. values.Select((value, i) => new ChartPoint(Start.AddHours(i), value))]);
}
