using Bunit;
using Marketplace.Platform.Monetary;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Tests.Shared;

public sealed class TextTests : PortalContext
{
    private IStringLocalizer<SharedText> Words => Services.GetRequiredService<IStringLocalizer<SharedText>>();

    [Theory]
    [InlineData(26830.885, "CNY", MoneyDigits.Amount, false, "¥26,830.89")]
    [InlineData(-5000, "CNY", MoneyDigits.Amount, false, "\u2212¥5,000.00")]
    [InlineData(-0.004, "USD", MoneyDigits.Amount, false, "$0.00")]
    [InlineData(6.42, "USD", MoneyDigits.UnitPrice, false, "$6.4200")]
    [InlineData(288.05845, "EUR", MoneyDigits.Ledger, false, "€288.058450")]
    [InlineData(12, "CHF", MoneyDigits.Amount, false, "CHF\u00a012.00")]
    [InlineData(3916.83, "CNY", MoneyDigits.Amount, true, "+¥3,916.83")]
    [InlineData(0, "CNY", MoneyDigits.Amount, true, "¥0.00")]
    public void Money_always_has_its_currency(double amount, string currency, MoneyDigits digits, bool signed, string expected) =>
        Assert.Equal(expected, MoneyDisplay.Format((decimal)amount, currency, digits, signed));

    [Theory]
    [InlineData("en")]
    [InlineData("zh-Hans")]
    public void Thousands_have_commas_in_both_languages(string culture)
    {
        Speak(culture);
        Assert.Equal("1,312", Numbers.Count(1312));
        Assert.Equal("\u22121,312.5", Numbers.Short(-1312.5));
        Assert.Equal("¥1,312.00", MoneyDisplay.Format(1312, "CNY"));
    }

    [Fact]
    public void Numbers_read_as_people_write_them()
    {
        Assert.Equal("18.4%", Numbers.Percent(.184));
        Assert.Equal("\u22126.8%", Numbers.Change(-.068));
        Assert.Equal("+2.2%", Numbers.Change(.022));
        Assert.Equal("153.6k", Numbers.Compact(153_600));
        Assert.Equal("1.4M", Numbers.Compact(1_418_206));
        Assert.Equal("0.05", Numbers.Compact(.05));
        Assert.Equal("512 MiB", Numbers.Mebibytes(512));
        Assert.Equal("64 GiB", Numbers.Mebibytes(65_536));
        Assert.Equal("4 TiB", Numbers.Mebibytes(4L * 1024 * 1024));
    }

    [Fact]
    public void MoneyText_takes_the_ledger_s_type_or_an_amount_and_nothing_less()
    {
        var money = Render<MoneyText>(p => p.Add(x => x.Value, new Money(2_500_000, Currency.Usd)));
        Assert.Equal("$2.50", money.Find(".money").TextContent);
        Assert.Equal("USD", money.Find(".money").GetAttribute("data-currency"));
        Assert.Throws<InvalidOperationException>(() => Render<MoneyText>(p => p.Add(x => x.Amount, 5m)));
    }

    [Fact]
    public async Task Times_are_local_with_utc_on_hover()
    {
        await Services.GetRequiredService<LocalClock>().LearnZoneAsync();
        var time = Render<TimeText>(p => p.Add(x => x.Value, new DateTimeOffset(2026, 3, 4, 20, 30, 5, TimeSpan.Zero))).Find("time");
        Assert.Equal("5 Mar 2026, 04:30", time.TextContent);
        Assert.Equal("2026-03-04 20:30:05 UTC", time.GetAttribute("title"));
        Assert.Equal("2026-03-04T20:30:05Z", time.GetAttribute("datetime"));
    }

    [Fact]
    public void An_unknown_zone_leaves_utc()
    {
        JSInterop.Setup<string>("portal.timeZone").SetResult("Middle/Earth");
        var clock = Services.GetRequiredService<LocalClock>();
        Assert.True(clock.LearnZoneAsync().IsCompletedSuccessfully);
        Assert.Equal(TimeZoneInfo.Utc, clock.Zone);
    }

    [Fact]
    public void A_relative_time_keeps_itself_up_to_date_and_stops_when_it_is_gone()
    {
        var text = Render<TimeText>(p => p.Add(x => x.Value, Time.GetUtcNow().AddSeconds(-6)).Add(x => x.Relative, true));
        Assert.Equal("6 s ago", text.Find("time").TextContent);
        Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("1 min ago", text.Find("time").TextContent);
        Assert.Equal(1, Time.ActiveTimers);
        text.Instance.Dispose();
        Assert.Equal(0, Time.ActiveTimers);
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(3600, "1 h")]
    [InlineData(11_100, "3 h 5 min")]
    [InlineData(86_400, "1 d")]
    [InlineData(187_200, "2 d 4 h")]
    public void Durations_have_one_or_two_units(double seconds, string expected) =>
        Assert.Equal(expected, Times.Duration(TimeSpan.FromSeconds(seconds), Words));

    [Fact]
    public void Chinese_dates_and_ages()
    {
        Speak("zh-Hans");
        var moment = new DateTimeOffset(2026, 3, 4, 20, 30, 5, TimeSpan.Zero);
        Assert.Equal("2026 年 3 月 4 日 20:30", Times.Format(moment, TimeStyle.DateTime));
        Assert.Equal("6 秒前", Times.Relative(moment, moment.AddSeconds(6), Words));
        Assert.Equal("3 小时后", Times.Relative(moment, moment.AddHours(-3), Words));
    }

    [Fact]
    public void No_moment_is_a_dash_that_says_never()
    {
        var dash = Render<TimeText>(p => p.Add(x => x.Value, null)).Find("span");
        Assert.Equal("never", dash.GetAttribute("aria-label"));
    }
}
