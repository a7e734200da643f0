using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Invoicing;

public sealed class CreditNoteTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public void However_a_line_is_credited_no_part_gives_more_than_it_got_and_all_of_it_gives_exactly_that() =>
        Properties.Check(
            from center in Gen.Choose(0, 900_000)
            from margin in Gen.Choose(-200_000, 300_000)
            from commission in Gen.Choose(0, 50_000)
            from tax in Gen.Choose(0, 200_000)
            from cuts in Gen.Choose(1, 1_000).ArrayOf(6)
            select (Share: new Share(center + margin + commission, tax, center, margin, commission), cuts),
            x =>
            {
                long whole = x.Share.Net + x.Share.Tax;
                if (whole <= 0)
                    return true;
                Share rest = x.Share;
                foreach (int cut in x.cuts)
                {
                    long left = rest.Net + rest.Tax;
                    long take = Math.Max(1, left * cut / 1_000);
                    Share back = CreditRule.Back(rest, take);
                    if (back.Net + back.Tax != take || back.Net != back.Center + back.Operator + back.Commission)
                        return false;
                    if (!Within(back.Center, rest.Center) || !Within(back.Operator, rest.Operator))
                        return false;
                    if (!Within(back.Commission, rest.Commission) || !Within(back.Tax, rest.Tax))
                        return false;
                    // In proportion: each part within two micro-units of its exact share, one of the givers' and one of the takers' remainder.
                    if (Math.Abs(back.Center - ((decimal)take * rest.Center / left)) > 2)
                        return false;
                    rest -= back;
                    if (rest.Net + rest.Tax == 0)
                        break;
                }
                return rest.Net + rest.Tax == 0 || (rest - CreditRule.Back(rest, rest.Net + rest.Tax)).IsZero;
            },
            2_000
        );

    private static bool Within(long part, long rest) => rest >= 0 ? part >= 0 && part <= rest : part <= 0 && part >= rest;

    [Fact]
    public async Task A_credit_note_lowers_what_is_open_then_becomes_credit_and_in_full_voids_the_invoice()
    {
        await using var house = Over(db, settings: ("InvoiceIssuer", "CRA"));
        var (invoice, terms) = await InvoiceAsync(house, hold: 1);
        Assert.Equal((Money(11.9m), Money(10.9m)), (invoice.Total, invoice.Open));

        // By amount, twice under one key.
        string key = house.NewId("key");
        var first = Ok(await CreditAsync(house, invoice, new("Slow disk", Amount: 2.38m), key));
        Assert.Equal(first.Id, Ok(await CreditAsync(house, invoice, new("Slow disk", Amount: 2.38m), key)).Id);
        Assert.Equal("idempotency-key-reused", Refused(await CreditAsync(house, invoice, new("Slow disk", Amount: 1m), key)).Code);
        Assert.Equal(
            ("CRA-CN-CNY-000001", invoice.Number, Money(2), Money(0.38m), Money(2.38m)),
            (first.Number, first.InvoiceNumber, first.Net, first.Tax, first.Settled)
        );
        Assert.Equal((1, Money(2.38m)), (Assert.Single(first.Lines).InvoiceLine, first.Lines[0].Total));
        // 8.50, 1.00, 0.50 and 1.90 of 11.90.
        Assert.Equal(
            (8_500_000 - 1_700_000, 1_000_000 - 200_000),
            (await house.BalanceAsync("center.pending:" + terms.CenterId), await house.BalanceAsync("operator.pending:" + terms.OperatorId))
        );
        var after = await FindAsync(house, invoice);
        Assert.Equal((InvoiceState.Final, Money(8.52m), Money(2.38m)), (after.State, after.Open, after.Credited));
        Assert.Equal(first.Number, Assert.Single(after.CreditNotes).Number);

        // Paid in part, and the rest of the line taken back: more than is open, so the difference is credit.
        await house.TopUpAsync(terms.CustomerId, 5);
        var second = Ok(await CreditAsync(house, invoice, new("Wrong price", Lines: [1]), house.NewId("key")));
        Assert.Equal((Money(9.52m), Money(3.52m)), (second.Total, second.Settled));
        after = await FindAsync(house, invoice);
        Assert.Equal((InvoiceState.Void, Money(0), Money(11.9m), Money(0)), (after.State, after.Open, after.Credited, after.Paid));
        Assert.Equal(Money(6), (await house.WalletAsync(terms.CustomerId)).Available);
        Assert.Equal(0, await house.BalanceAsync("center.pending:" + terms.CenterId));
        Assert.Equal("invoice-not-creditable", Refused(await CreditAsync(house, invoice, new("Again"), house.NewId("key"))).Code);
        // On the customer's statement and the center's.
        foreach (var (party, role, amount) in new[] { (terms.CustomerId, "customer", 11.9m), (terms.CenterId, "center", -8.5m) })
        {
            var statement = Ok(
                await house.InvoicesAsync(
                    Actor.System,
                    i => i.StatementAsync(party, role, Cny, house.Now.AddDays(-40), house.Now.AddDays(1), default)
                )
            );
            Assert.Equal(Money(amount), statement.Kinds.Single(k => k.Kind == "credit-note").Amount);
        }
    }

    [Fact]
    public async Task A_paid_invoice_stays_paid_and_its_rounding_is_taken_back_with_it()
    {
        await using var house = Over(db, settings: ("InvoiceIssuer", "CRB"));
        var (invoice, terms) = await InvoiceAsync(house, hold: 100, retail: 7.123456789m);
        Assert.NotEqual(0, invoice.Rounding.Micros);
        var before = (await house.WalletAsync(terms.CustomerId)).Available;
        var note = Ok(await CreditAsync(house, invoice, new("All of it", Amount: invoice.Total.Amount), house.NewId("key")));
        Assert.Equal((invoice.Total, Money(0), invoice.Rounding), (note.Total, note.Settled, note.Rounding));
        var after = await FindAsync(house, invoice);
        Assert.Equal((InvoiceState.Paid, invoice.Total, Money(0)), (after.State, after.Credited, after.Paid));
        Assert.Equal(before + invoice.Total, (await house.WalletAsync(terms.CustomerId)).Available);
        Assert.Equal("nothing-to-credit", Refused(await CreditAsync(house, invoice, new("Again"), house.NewId("key"))).Code);
    }

    [Fact]
    public async Task What_cannot_be_credited_is_named_and_only_the_desk_credits()
    {
        await using var house = Over(db, settings: ("InvoiceIssuer", "CRC"));
        var (invoice, terms) = await InvoiceAsync(house, hold: 1);
        async Task<string> Pointer(CreditNoteRequest request) =>
            Assert.Single(Refused(await CreditAsync(house, invoice, request, house.NewId("key"))).Errors).Pointer;
        Assert.Equal("/reason", await Pointer(new(" ")));
        Assert.Equal("/lines", await Pointer(new("r", [7])));
        Assert.Equal("/amount", await Pointer(new("r", Amount: 0)));
        Assert.Equal("/amount", await Pointer(new("r", Amount: 0.001m)));
        Assert.Equal("/amount", await Pointer(new("r", Amount: 11.91m)));
        Assert.Equal("", await PointerOfKeyAsync());
        foreach (Actor other in new[] { Customer(terms.CustomerId), Operator(terms.OperatorId), Center(terms.CenterId) })
            Assert.Equal(ProblemKind.Forbidden, Refused(await CreditAsync(house, invoice, new("r"), "k", other)).Kind);
        Assert.Equal(ProblemKind.NotFound, Refused(await CreditAsync(house, invoice with { Id = "ivc_none" }, new("r"), "k")).Kind);

        var note = Ok(await CreditAsync(house, invoice, new("r", Amount: 1), "k"));
        Assert.Equal(note.Id, (await AsAsync(house, Customer(terms.CustomerId), n => n.FindAsync(note.Id, default)))!.Id);
        foreach (Actor other in new[] { Customer(house.NewParty()), Operator(terms.OperatorId), Center(terms.CenterId) })
        {
            Assert.Null(await AsAsync(house, other, n => n.FindAsync(note.Id, default)));
            Assert.Empty((await AsAsync(house, other, n => n.ListAsync(new(), default))).Items);
            Assert.Equal(
                ProblemKind.NotFound,
                Refused(
                    await house.ActAsync<IBillingDocuments, Outcome<Platform.Api.Results.FileDownload>>(
                        other,
                        d => d.CreditNotePdfAsync(note.Id, null, default)
                    )
                ).Kind
            );
            Assert.Equal(
                ProblemKind.NotFound,
                Refused(
                    await house.ActAsync<IBillingDocuments, Outcome<Platform.Api.Results.FileDownload>>(
                        other,
                        d => d.InvoicePdfAsync(invoice.Id, null, default)
                    )
                ).Kind
            );
        }

        async Task<string> PointerOfKeyAsync() => Assert.Single(Refused(await CreditAsync(house, invoice, new("r"), "")).Errors).Pointer;
    }

    [Fact]
    public async Task The_desk_writes_off_what_is_open_once_and_with_a_reason()
    {
        await using var house = Over(db, settings: ("InvoiceIssuer", "CRD"));
        var (invoice, terms) = await InvoiceAsync(house, hold: 1);
        Task<Outcome<InvoiceView>> WriteOff(Actor actor, string id, string reason) =>
            house.InvoicesAsync(actor, i => i.WriteOffAsync(id, reason, default));
        Assert.Equal(ProblemKind.Forbidden, Refused(await WriteOff(Customer(terms.CustomerId), invoice.Id, "r")).Kind);
        Assert.Equal("/reason", Assert.Single(Refused(await WriteOff(Desk, invoice.Id, "")).Errors).Pointer);
        var gone = Ok(await WriteOff(Desk, invoice.Id, "Insolvent"));
        Assert.Equal((InvoiceState.Uncollectible, Money(0), Money(10.9m), Money(1)), (gone.State, gone.Open, gone.WrittenOff, gone.Paid));
        Assert.Equal(0, await house.BalanceAsync("receivable:" + terms.CustomerId));
        Assert.Equal(gone.Id, Ok(await WriteOff(Desk, invoice.Id, "Insolvent")).Id);
        Assert.Equal("invoice-not-collectible", Refused(await WriteOff(Desk, invoice.Id, "Another")).Code);
        var (paid, _) = await InvoiceAsync(house, hold: 100);
        Assert.Equal("invoice-not-collectible", Refused(await WriteOff(Desk, paid.Id, "r")).Code);
        // Later credit is the customer's own.
        await house.TopUpAsync(terms.CustomerId, 5);
        Assert.Equal(Money(5), (await house.WalletAsync(terms.CustomerId)).Available);
    }

    private static async Task<(InvoiceView Invoice, ContractTerms Terms)> InvoiceAsync(
        BillingHouse house,
        decimal hold,
        decimal retail = 10
    )
    {
        var terms = await house.ContractAsync(hold: hold, retail: retail, wholesale: retail * 0.85m);
        await house.RecordAsync(house.Reading(terms, 1, 1, final: true));
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        return (Ok(await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default))), terms);
    }

    private static Task<Outcome<CreditNoteView>> CreditAsync(
        BillingHouse house,
        InvoiceView invoice,
        CreditNoteRequest request,
        string key,
        Actor? actor = null
    ) => house.ActAsync<ICreditNotes, Outcome<CreditNoteView>>(actor ?? Desk, n => n.IssueAsync(invoice.Id, request, key, default));

    private static Task<T> AsAsync<T>(BillingHouse house, Actor actor, Func<ICreditNotes, Task<T>> ask) => house.ActAsync(actor, ask);

    private static async Task<InvoiceView> FindAsync(BillingHouse house, InvoiceView invoice) =>
        (await house.InvoicesAsync(Customer(invoice.CustomerId), i => i.FindAsync(invoice.Id, default)))!;
}
