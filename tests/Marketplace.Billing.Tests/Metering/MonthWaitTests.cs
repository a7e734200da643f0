using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Metering;

/// <summary>A month is closed when its usage is known. A class of its own: it closes the books of its database.</summary>
public sealed class MonthWaitTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    private static DateTimeOffset At(double hours) => Start.AddHours(hours);

    private static UsageHeard Heard(ContractTerms terms, double since, double through) =>
        new("agent", terms.ContractId, At(since), At(through));

    private static Task<UsageReceipt> TakeAsync(BillingHouse house, IReadOnlyList<UsageHeard> heard, params UsageReading[] readings) =>
        house.ActAsync<IMetering, UsageReceipt>(Actor.System, m => m.TakeAsync(new UsageReport(readings, heard), default));

    [Fact]
    public async Task The_month_waits_for_a_silent_source_until_its_patience_ends_and_what_comes_later_is_an_adjustment()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 1000);
        await TakeAsync(house, [Heard(terms, 0, 1)], house.Reading(terms, 1, 1));
        var month = new DateTimeOffset(2030, 2, 1, 0, 0, 0, TimeSpan.Zero);
        house.Time.Advance(month.AddDays(1) - house.Now);
        Task<bool> CompleteAsync() =>
            house.ActAsync<IMetering, bool>(Actor.System, m => m.IsCompleteAsync(terms.CustomerId, month, default));
        async Task<int> InvoicesAsync() =>
            (await house.InvoicesAsync(Customer(terms.CustomerId), i => i.ListAsync(new(), default))).Items.Count(i =>
                i.Number is not null
            );
        Assert.False(await CompleteAsync());
        await house.WorkAsync();
        Assert.Equal(0, await InvoicesAsync());
        Actor customer = Customer(terms.CustomerId);
        async Task<UsageState> StateAsync() =>
            (await house.RatingAsync(customer, r => r.ChargesAsync(new() { ContractId = terms.ContractId }, default))).Items.Single().State;
        // Its hour is past the dispute window and still not closed: its source is silent.
        Assert.Equal(UsageState.Rated, await StateAsync());

        // Heard to the end of the month and not yet past it by the grace: still open. A minute more closes it.
        await TakeAsync(house, [new UsageHeard("agent", terms.ContractId, Start, month.AddMinutes(4))]);
        Assert.False(await CompleteAsync());
        await TakeAsync(house, [new UsageHeard("agent", terms.ContractId, Start, month.AddMinutes(5))]);
        Assert.True(await CompleteAsync());
        await house.WorkAsync();
        Assert.Equal(1, await InvoicesAsync());
        Assert.Equal(UsageState.Invoiced, await StateAsync());

        // Another customer's source stays silent: after the patience the month is closed without it.
        var lost = await house.ContractAsync(hold: 1000);
        await TakeAsync(house, [Heard(lost, 0, 1)], house.Reading(lost, 1, 1));
        Task<bool> LostCompleteAsync() =>
            house.ActAsync<IMetering, bool>(Actor.System, m => m.IsCompleteAsync(lost.CustomerId, month, default));
        Assert.False(await LostCompleteAsync());
        house.Time.Advance(TimeSpan.FromDays(3));
        Assert.True(await LostCompleteAsync());
        await house.WorkAsync();
        await TakeAsync(house, [Heard(lost, 0, 3)], house.Reading(lost, 3, 3));
        ChargeView late = (
            await house.RatingAsync(
                Customer(lost.CustomerId),
                r => r.ChargesAsync(new() { ContractId = lost.ContractId, From = At(1) }, default)
            )
        ).Items.Single();
        Assert.Equal(("late", At(1), At(3), 7200m), (late.Adjustment, late.From, late.To, late.Quantity));
    }
}
