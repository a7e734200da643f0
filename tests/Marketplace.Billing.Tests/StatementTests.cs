using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Closes periods, so it has a database of its own: the clock of other tests stands before.</summary>
public sealed class StatementTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    [Fact]
    public async Task A_statement_says_what_is_wrong_with_its_request()
    {
        await using var house = Over(db);
        string party = house.NewParty();
        Task<Outcome<StatementView>> Ask(string role, int days) =>
            house.InvoicesAsync(Customer(party), i => i.StatementAsync(party, role, Cny, Start, Start.AddDays(days), default));
        Assert.Equal("/role", Assert.Single(Refused(await Ask("king", 1)).Errors).Pointer);
        Assert.Equal("/to", Assert.Single(Refused(await Ask("customer", 0)).Errors).Pointer);
        Assert.Empty(Ok(await Ask("customer", 1)).Lines);
    }

    [Fact]
    public async Task The_three_statements_match_the_ledger_and_each_other()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 300, retail: 9.87654321m, wholesale: 6.54321m);
        for (int day = 0; day < 3; day++)
        {
            house.Time.StepTo(Start.AddDays(day).AddHours(5));
            for (int i = 1; i <= 4; i++)
                await house.RecordAsync(house.Reading(terms, day * 4 + i, day * 24 + i, final: day == 2 && i == 4));
        }
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        var invoice = Ok(await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default)));
        house.Time.StepTo(Start.AddDays(20));
        await house.WorkAsync();

        async Task<StatementView> Statement(string party, string role, double fromDay, double toDay) =>
            Ok(
                await house.InvoicesAsync(
                    Actor.System,
                    i => i.StatementAsync(party, role, Cny, Start.AddDays(fromDay), Start.AddDays(toDay), default)
                )
            );

        var customer = await Statement(terms.CustomerId, "customer", -1, 30);
        var center = await Statement(terms.CenterId, "center", -1, 30);
        var @operator = await Statement(terms.OperatorId, "operator", -1, 30);

        foreach (var statement in new[] { customer, center, @operator })
        {
            Assert.Equal(Money(0), statement.Opening);
            Assert.Equal(statement.Closing.Micros, statement.Lines.Sum(l => l.Amount.Micros));
            Assert.Equal(statement.Closing, statement.Lines[^1].Balance);
        }
        var wallet = await house.WalletAsync(terms.CustomerId);
        Assert.Equal(wallet.Available + wallet.Promo + wallet.Held, customer.Closing);
        Assert.Equal((await house.WalletAsync(terms.CenterId)).Payable, center.Closing);
        Assert.Equal((await house.WalletAsync(terms.OperatorId)).Payable, @operator.Closing);
        // Usage is one line a day; holds, releases and becoming payable change no position.
        Assert.Equal(["charge", "charge", "charge", "invoice", "top-up"], customer.Lines.Select(l => l.Kind).Order(StringComparer.Ordinal));
        Assert.Equal(["charge", "charge", "charge"], center.Lines.Select(l => l.Kind));
        Assert.All(center.Lines, l => Assert.Equal((terms.ContractId, terms.Description), (l.ContractId, l.Description)));
        // The customer's charges are the invoice, and what the parties got of it.
        long charged = -customer.Lines.Where(l => l.Kind == "charge").Sum(l => l.Amount.Micros);
        Assert.Equal((invoice.Net + invoice.Tax).Micros, charged);
        var share = Rating.RatingRule.Rate(12 * 3600, new(1, "card-hour", 3600, 9.87654321m, 6.54321m, 0.05m, 0.19m)).Share;
        Assert.Equal((share.Center, share.Operator, share.Net + share.Tax), (center.Closing.Micros, @operator.Closing.Micros, charged));
        // A period in the middle opens with what came before and closes with what opens the next.
        var middle = await Statement(terms.CustomerId, "customer", 0.9, 1.9);
        Assert.Equal(middle.Closing, (await Statement(terms.CustomerId, "customer", 1.9, 3)).Opening);
        Assert.Equal("charge", Assert.Single(middle.Lines).Kind);
    }
}
