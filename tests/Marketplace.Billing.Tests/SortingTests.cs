using Marketplace.Billing.Contracts;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Every sort of every money list, both ways, page by page.</summary>
public sealed class SortingTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static IReadOnlyList<IComparable> By(params IComparable[] keys) => keys;

    [Fact]
    public async Task Payments_are_sorted_by_every_field_in_pages()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        foreach (decimal amount in new[] { 30m, 10m, 20m, 10m, 30m, 5m })
            await house.TopUpAsync(customer, amount);
        await SortedPages.CheckAsync(
            PaymentDesk.Sorting.Fields,
            page => house.PaymentsAsync(Customer(customer), p => p.ListAsync(page, default)),
            p => p.Id,
            ("createdAt", p => By(p.Id)),
            ("amount", p => By(p.Amount.Currency.Code, p.Amount.Micros))
        );
    }

    [Fact]
    public async Task Charges_are_sorted_by_what_the_viewer_sees_in_pages()
    {
        await using var house = Over(db);
        var one = await house.ContractAsync(hold: 500);
        var two = await house.ContractAsync(
            hold: 0,
            // The dearer contract pays its center less: the center's order is not the customer's.
            retail: 20,
            wholesale: 2,
            with: t =>
                t with
                {
                    CustomerId = one.CustomerId,
                    OperatorId = one.OperatorId,
                    CenterId = one.CenterId,
                    HoldReference = one.HoldReference,
                }
        );
        for (int hour = 1; hour <= 3; hour++)
            await house.RecordAsync(house.Reading(one, hour * hour, hour), house.Reading(two, hour, hour, allocation: "alc_2"));
        foreach (Actor viewer in new[] { Customer(one.CustomerId), Operator(one.OperatorId), Center(one.CenterId), Desk })
            await SortedPages.CheckAsync(
                ChargeSorting.Rules.Fields,
                page => house.RatingAsync(viewer, r => r.ChargesAsync(Of<ChargeQuery>(page), default)),
                c => c.Id,
                ("createdAt", c => By(c.Id)),
                ("from", c => By(c.From)),
                ("quantity", c => By(c.Quantity)),
                ("total", c => By(c.Amount.Currency.Code, (c.Amount + c.Tax).Micros))
            );
    }

    [Fact]
    public async Task Invoices_are_sorted_by_every_field_in_pages()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        foreach (int hours in new[] { 3, 1, 2, 1, 3 })
        {
            var terms = await house.ContractAsync(hold: 100, with: t => t with { CustomerId = customer });
            await house.RecordAsync(house.Reading(terms, hours, hours, final: true));
            await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
            Ok(await house.InvoicesAsync(Customer(customer), i => i.InvoiceContractAsync(terms.ContractId, default)));
            house.Time.Advance(TimeSpan.FromHours(1));
        }
        await SortedPages.CheckAsync(
            InvoiceDesk.Sorting.Fields,
            page => house.InvoicesAsync(Customer(customer), i => i.ListAsync(Of<InvoiceQuery>(page), default)),
            i => i.Id,
            ("createdAt", i => By(i.Id)),
            ("number", i => By(i.Number!)),
            ("periodStart", i => By(i.PeriodStart)),
            ("issuedAt", i => By(i.IssuedAt!.Value)),
            ("total", i => By(i.Currency.Code, i.Total.Micros)),
            ("open", i => By(i.Currency.Code, i.Open.Micros)),
            ("dueAt", i => By(i.DueAt!.Value))
        );
    }

    [Fact]
    public async Task Accounts_and_journals_are_sorted_by_every_field_in_pages()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.GrantAsync(terms.CustomerId, 5);
        Ok(
            await house.PaymentsAsync(
                Customer(terms.CustomerId),
                p => p.TopUpAsync(Platform.Monetary.Money.From(7, Platform.Monetary.Currency.Usd), house.NewId("key"), default)
            )
        );
        await house.RecordAsync(house.Reading(terms, 1, 1));
        for (int i = 0; i < 4; i++)
            Ok(await house.HoldAsync(terms.CustomerId, 0.1m, $"s{i}:{terms.CustomerId}"));
        // The network desk has accounts of every class and currency; the customer's are few.
        await SortedPages.CheckAsync(
            AccountOrder.Fields,
            page => house.LedgerAsync(Desk, l => l.AccountsAsync(Of<AccountQuery>(page), default)),
            a => a.Id,
            ("code", a => By(new Ordinal(a.Id))),
            ("class", a => By(new Ordinal(a.Class), new Ordinal(a.Id))),
            ("currency", a => By(a.Currency, new Ordinal(a.Id))),
            ("party", a => By(new Ordinal(a.PartyId), new Ordinal(a.Id)))
        );
        string cursor = (
            await house.LedgerAsync(Desk, l => l.AccountsAsync(new AccountQuery { Sort = "class", Limit = 1 }, default))
        ).NextCursor!;
        await Assert.ThrowsAsync<ArgumentException>(() =>
            house.LedgerAsync(Desk, l => l.AccountsAsync(new AccountQuery { Sort = "-class", Cursor = cursor }, default))
        );
        await Assert.ThrowsAsync<ArgumentException>(() =>
            house.LedgerAsync(Desk, l => l.AccountsAsync(new AccountQuery { Sort = "balance" }, default))
        );

        foreach (Actor viewer in new[] { Customer(terms.CustomerId), Desk })
            await SortedPages.CheckAsync(
                [LedgerReader.RecordedAt],
                page => house.LedgerAsync(viewer, l => l.JournalsAsync(Of<JournalQuery>(page), default)),
                j => j.Id,
                (LedgerReader.RecordedAt, j => By(j.RecordedAt))
            );
        await Assert.ThrowsAsync<ArgumentException>(() =>
            house.LedgerAsync(Desk, l => l.JournalsAsync(new JournalQuery { Sort = "amount" }, default))
        );
    }

    private static T Of<T>(PageQuery page)
        where T : PageQuery, new() => new T() with { Sort = page.Sort, Limit = page.Limit, Cursor = page.Cursor };

    /// <summary>Text in the database's order (C): by code point, where .NET's own order is a language's.</summary>
    private sealed record Ordinal(string Text) : IComparable
    {
        public int CompareTo(object? other) => string.CompareOrdinal(Text, ((Ordinal)other!).Text);
    }
}
