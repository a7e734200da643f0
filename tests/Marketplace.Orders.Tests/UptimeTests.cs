using FsCheck;
using FsCheck.Fluent;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Supply;
using Marketplace.Testing;

namespace Marketplace.Orders.Tests;

/// <summary>How long a contract served in a month and was down of it, from its events: pure.</summary>
public sealed class UptimeTests
{
    private static readonly DateTimeOffset From = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = From.AddMonths(1);

    private static ContractEvent[] Events(params (double Hour, string Code)[] events) =>
        [
            .. events.Select(
                (e, i) =>
                    new ContractEvent
                    {
                        ContractId = "ctr",
                        Number = i + 1,
                        At = From.AddHours(e.Hour),
                        Code = e.Code,
                        Detail = "",
                        CustomerId = "c",
                        OperatorId = "o",
                        CenterId = "z",
                    }
            ),
        ];

    private static (double Served, double Down) Hours(ContractEvent[] events, double ready, double? ended)
    {
        var (served, down) = Uptime.Of(events, From.AddHours(ready), ended is { } e ? From.AddHours(e) : null, From, To);
        return (served.TotalHours, down.TotalHours);
    }

    [Fact]
    public void Silence_counts_until_the_cluster_is_back_or_the_contract_ends()
    {
        Assert.Equal((90, 5), Hours(Events((10, "state-Active"), (20, "state-Degraded"), (25, "state-Active")), 10, 100));
        Assert.Equal((90, 10), Hours(Events((10, "state-Active"), (90, "state-Degraded"), (100, "state-Ended")), 10, 100));
        Assert.Equal((744, 4), Hours(Events((-9, "state-Active"), (-5, "state-Degraded"), (4, "state-Active")), -9, null));
        Assert.Equal((744, 44), Hours(Events((-9, "state-Active"), (700, "state-Degraded")), -9, null));
        Assert.Equal((0, 0), Hours(Events((-9, "state-Active"), (-5, "state-Degraded")), -9, -1));
    }

    [Fact]
    public void A_lost_place_counts_until_it_is_back_or_another_is_found_and_never_twice()
    {
        Assert.Equal((100, 3), Hours(Events((20, "place-lost"), (23, "moved")), 0, 100));
        Assert.Equal((100, 2), Hours(Events((20, "place-lost"), (22, "place-back")), 0, 100));
        Assert.Equal(
            (100, 10),
            Hours(Events((20, "place-lost"), (25, "state-Degraded"), (28, "place-back"), (30, "state-Active")), 0, 100)
        );
    }

    [Fact]
    public void Down_is_never_less_than_nothing_nor_more_than_what_was_served() =>
        Properties.Check(
            from steps in (
                from hour in Gen.Choose(-100, 900)
                from code in Gen.Elements("state-Degraded", "state-Active", "place-lost", "place-back", "moved")
                select (hour, code)
            ).ListOf(8)
            from ready in Gen.Choose(-50, 700)
            from length in Gen.Choose(1, 900)
            select (steps, ready, length),
            x =>
            {
                var events = Events([.. x.steps.OrderBy(s => s.hour).Select(s => ((double)s.hour, s.code))]);
                var (served, down) = Hours(events, x.ready, x.ready + x.length);
                return served >= 0 && down >= 0 && down <= served;
            },
            500
        );
}
