using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Metering;
using Marketplace.Testing;

namespace Marketplace.Billing.Tests.Metering;

/// <summary>The states of usage: each step that is not in the table is refused, and facts only ever lead forward along it.</summary>
public sealed class UsageStateTests
{
    private static readonly (UsageState From, UsageState To)[] Allowed =
    [
        (UsageState.Reported, UsageState.Validated),
        (UsageState.Validated, UsageState.Rated),
        (UsageState.Rated, UsageState.InDisputeWindow),
        (UsageState.Rated, UsageState.Invoiced),
        (UsageState.InDisputeWindow, UsageState.Final),
        (UsageState.InDisputeWindow, UsageState.Invoiced),
        (UsageState.Final, UsageState.Invoiced),
    ];

    public static TheoryData<UsageState, UsageState> Pairs()
    {
        var pairs = new TheoryData<UsageState, UsageState>();
        foreach (UsageState from in Enum.GetValues<UsageState>())
        {
            foreach (UsageState to in Enum.GetValues<UsageState>())
                pairs.Add(from, to);
        }
        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Only_the_steps_of_the_table_are_taken(UsageState from, UsageState to)
    {
        if (Allowed.Contains((from, to)))
            Assert.Equal(to, UsageStates.Move(from, to));
        else
            Assert.Contains(
                $"from {from} to {to}",
                Assert.Throws<InvalidOperationException>(() => UsageStates.Move(from, to)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void A_charge_goes_forward_only_as_time_passes_and_facts_come_in() =>
        Properties.Check(
            from closes in Gen.Choose(0, 20)
            from invoiced in Gen.Choose(0, 40)
            from disputed in Gen.Choose(0, 20)
            from decided in Gen.Choose(0, 20)
            from window in Gen.Choose(0, 10)
            select (closes, invoiced, disputed, decided: disputed + decided, window),
            x =>
            {
                DateTimeOffset rated = ManualTimeProvider.DefaultStart;
                UsageState state = UsageState.Rated;
                for (int day = 0; day <= 45; day++)
                {
                    DateTimeOffset now = rated.AddDays(day);
                    TimeSpan window = TimeSpan.FromDays(x.window);
                    bool disputed =
                        UsageStates.CanDispute(rated, window, rated.AddDays(x.disputed)) && day >= x.disputed && day < x.decided;
                    UsageState next = UsageStates.Of(new ChargeFacts(rated, day >= x.closes, disputed, day >= x.invoiced), window, now);
                    // A look may come late and see several steps at once.
                    if (next < state)
                        return false;
                    state = next;
                }
                return state == UsageState.Invoiced;
            },
            500
        );

    [Theory]
    [InlineData(false, false, false, 0, UsageState.Rated)]
    [InlineData(true, false, false, 6, UsageState.InDisputeWindow)]
    [InlineData(true, false, false, 7, UsageState.Final)]
    [InlineData(true, true, false, 30, UsageState.InDisputeWindow)]
    [InlineData(true, true, true, 30, UsageState.Invoiced)]
    [InlineData(false, false, true, 30, UsageState.Invoiced)]
    [InlineData(false, false, false, 30, UsageState.Rated)]
    public void The_facts_say_the_state(bool closed, bool disputed, bool invoiced, int days, UsageState state)
    {
        DateTimeOffset rated = ManualTimeProvider.DefaultStart;
        Assert.Equal(state, UsageStates.Of(new ChargeFacts(rated, closed, disputed, invoiced), TimeSpan.FromDays(7), rated.AddDays(days)));
    }
}
