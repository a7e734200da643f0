using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Closes periods, so it has a database of its own: the clock of other tests stands before.</summary>
public sealed class MonthTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    [Fact]
    public async Task A_closed_month_is_invoiced_once_and_later_usage_is_on_the_next_invoice()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 1_000);
        var second = await house.ContractAsync(
            hold: 0,
            with: t => t with { CustomerId = terms.CustomerId, HoldReference = terms.HoldReference }
        );
        await house.RecordAsync(house.Reading(terms, 1, 1), house.Reading(second, 2, 1));
        DateTimeOffset end = new(2030, 2, 1, 0, 0, 0, TimeSpan.Zero);
        house.Time.StepTo(end.AddDays(2));
        await house.RecordAsync(house.Reading(terms, 5, (end - Start).TotalHours + 1));

        int made = await house.InvoicesAsync(Actor.System, i => i.CloseAsync(end, default));
        Assert.True(made >= 1);
        Assert.Equal(0, await house.InvoicesAsync(Actor.System, i => i.CloseAsync(end, default)));
        var january = Assert.Single((await house.InvoicesAsync(Customer(terms.CustomerId), i => i.ListAsync(new(), default))).Items);
        Assert.Equal((new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), end), (january.PeriodStart, january.PeriodEnd));
        Assert.Equal(Money(30), january.Net);
        Assert.Equal(2, (await house.InvoicesAsync(Customer(terms.CustomerId), i => i.FindAsync(january.Id, default)))!.Lines.Count);

        // Usage of January that comes now is booked in the open period and invoiced with the next month.
        await house.RecordAsync(house.Reading(second, 3, 2));
        var late = (await house.RatingAsync(Actor.System, r => r.ChargesAsync(new() { ContractId = second.ContractId }, default))).Items[0];
        var journal = (await house.LedgerAsync(Actor.System, l => l.JournalsAsync(new() { GroupId = second.ContractId }, default))).Items[
            0
        ];
        Assert.Equal((Start.AddHours(2), end), (late.To, journal.EffectiveAt));
        house.Time.StepTo(new DateTimeOffset(2030, 3, 2, 0, 0, 1, TimeSpan.Zero));
        await house.WorkAsync();
        var invoices = (await house.InvoicesAsync(Customer(terms.CustomerId), i => i.ListAsync(new(), default))).Items;
        Assert.Equal([Money(50), Money(30)], invoices.Select(i => i.Net));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            house.InvoicesAsync(Actor.System, i => i.CloseAsync(house.Now.AddDays(1), default))
        );
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            house.InvoicesAsync(Customer(terms.CustomerId), i => i.CloseAsync(end, default))
        );
    }
}
