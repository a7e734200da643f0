using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Each party sees its own money and its own side of a trade; everybody else sees nothing.</summary>
public sealed class TenancyTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_stranger_sees_nothing_anywhere()
    {
        await using var house = Over(db);
        var terms = await InvoicedAsync(house);
        var invoice = (await house.InvoicesAsync(Customer(terms.CustomerId), i => i.ListAsync(new(), default))).Items[0];
        string journal = (
            await house.LedgerAsync(Desk, l => l.JournalsAsync(new() { Kind = "charge", GroupId = terms.ContractId }, default))
        )
            .Items[0]
            .Id;
        Assert.NotNull(await house.LedgerAsync(Desk, l => l.FindJournalAsync(journal, default)));
        foreach (var stranger in new[] { Customer(house.NewParty()), Center(house.NewParty()), Operator(house.NewParty()) })
        {
            foreach (string party in new[] { terms.CustomerId, terms.OperatorId, terms.CenterId })
            {
                var wallet = await house.LedgerAsync(stranger, l => l.WalletAsync(party, Cny, default));
                Assert.All([wallet.Available, wallet.Promo, wallet.Held, wallet.Pending, wallet.Payable], m => Assert.True(m.IsZero));
                foreach (string role in new[] { "customer", "center", "operator" })
                    Assert.Equal(
                        ProblemKind.NotFound,
                        Refused(
                            await house.InvoicesAsync(
                                stranger,
                                i => i.StatementAsync(party, role, Cny, default, house.Now.AddDays(1), default)
                            )
                        ).Kind
                    );
            }
            Assert.Empty((await house.LedgerAsync(stranger, l => l.JournalsAsync(new(), default))).Items);
            Assert.Empty((await house.LedgerAsync(stranger, l => l.JournalsAsync(new() { GroupId = terms.ContractId }, default))).Items);
            Assert.Empty(
                (
                    await house.LedgerAsync(
                        stranger,
                        l => l.JournalsAsync(new() { Account = "customer.held:" + terms.CustomerId }, default)
                    )
                ).Items
            );
            Assert.Empty((await house.LedgerAsync(stranger, l => l.JournalsAsync(new() { Account = "bank" }, default))).Items);
            Assert.Empty((await house.LedgerAsync(stranger, l => l.AccountsAsync(new(), default))).Items);
            Assert.Empty((await house.LedgerAsync(stranger, l => l.AccountsAsync(new() { PartyId = terms.CustomerId }, default))).Items);
            foreach (
                string account in new[] { $"customer.held:{terms.CustomerId}~CNY", $"center.pending:{terms.CenterId}~CNY", "bank~CNY" }
            )
            {
                Assert.NotNull(await house.LedgerAsync(Desk, l => l.FindAccountAsync(account, default)));
                Assert.Null(await house.LedgerAsync(stranger, l => l.FindAccountAsync(account, default)));
                Assert.Equal(
                    ProblemKind.NotFound,
                    Refused(await house.LedgerAsync(stranger, l => l.AccountLegsAsync(account, new(), default))).Kind
                );
            }
            Assert.Null(await house.LedgerAsync(stranger, l => l.FindJournalAsync(journal, default)));
            await Assert.ThrowsAsync<InvalidOperationException>(() => house.LedgerAsync(stranger, l => l.SealsAsync(default)));
            await Assert.ThrowsAsync<InvalidOperationException>(() => house.LedgerAsync(stranger, l => l.LastBooksAsync(default)));
            Assert.Null(await house.RatingAsync(stranger, r => r.CostAsync(terms.ContractId, default)));
            Assert.Empty(await house.RatingAsync(stranger, r => r.CostsAsync([terms.ContractId], default)));
            Assert.Empty((await house.RatingAsync(stranger, r => r.ChargesAsync(new() { ContractId = terms.ContractId }, default))).Items);
            foreach (string? side in new[] { null, "customer", "operator", "center" })
                Assert.Empty(
                    await house.RatingAsync(stranger, r => r.GroupedAsync("contract", Cny, default, house.Now.AddDays(1), side, default))
                );
            Assert.Empty((await house.InvoicesAsync(stranger, i => i.ListAsync(new(), default))).Items);
            Assert.Null(await house.InvoicesAsync(stranger, i => i.FindAsync(invoice.Id, default)));
            Assert.Equal(
                ProblemKind.NotFound,
                Refused(await house.InvoicesAsync(stranger, i => i.InvoiceContractAsync(terms.ContractId, default))).Kind
            );
            Assert.Empty((await house.PaymentsAsync(stranger, p => p.ListAsync(new(), default))).Items);
            await Assert.ThrowsAsync<InvalidOperationException>(() =>
                house.RatingAsync(stranger, r => r.SettleAsync(terms.ContractId, default))
            );
            await Assert.ThrowsAsync<InvalidOperationException>(() => house.LedgerAsync(stranger, l => l.CheckBooksAsync(default)));
        }
    }

    [Fact]
    public async Task Each_side_of_a_trade_sees_its_own_amounts()
    {
        await using var house = Over(db);
        var terms = await InvoicedAsync(house);
        foreach (
            var (actor, net, tax, price) in new[]
            {
                (Customer(terms.CustomerId), 10m, 1.9m, 10m),
                (Operator(terms.OperatorId), 1m, 0m, 1m),
                (Center(terms.CenterId), 8.5m, 0m, 8.5m),
                (Desk, 10m, 1.9m, 10m),
            }
        )
        {
            var charge = Assert.Single(
                (await house.RatingAsync(actor, r => r.ChargesAsync(new() { ContractId = terms.ContractId }, default))).Items
            );
            Assert.Equal((Money(net), Money(tax), price), (charge.Amount, charge.Tax, charge.UnitPricePerHour));
            var cost = (await house.RatingAsync(actor, r => r.CostAsync(terms.ContractId, default)))!;
            Assert.Equal((Money(net), Money(tax), Money(net + tax)), (cost.Net, cost.Tax, cost.Total));
            var group = (
                await house.RatingAsync(actor, r => r.GroupedAsync("contract", Cny, default, house.Now.AddDays(1), default))
            ).Single(g => g.Key == terms.ContractId);
            Assert.Equal((Money(net + tax), 1m), (group.Amount, group.CardHours));
        }
        // Only the customer has the invoice.
        Assert.Empty((await house.InvoicesAsync(Operator(terms.OperatorId), i => i.ListAsync(new(), default))).Items);
        Assert.Empty((await house.InvoicesAsync(Center(terms.CenterId), i => i.ListAsync(new(), default))).Items);
    }

    [Fact]
    public async Task A_journal_shows_a_party_its_own_accounts_and_not_how_the_rest_is_split()
    {
        await using var house = Over(db);
        var terms = await InvoicedAsync(house);
        async Task<IReadOnlyList<LegView>> Legs(Actor actor) =>
            Assert
                .Single(
                    (
                        await house.LedgerAsync(actor, l => l.JournalsAsync(new() { Kind = "charge", GroupId = terms.ContractId }, default))
                    ).Items
                )
                .Legs;

        Assert.Equal(
            [new LegView(1, "customer.held:" + terms.CustomerId, LedgerReader.Others, Money(11.9m))],
            await Legs(Customer(terms.CustomerId))
        );
        Assert.Equal(
            [new LegView(1, LedgerReader.Others, "center.pending:" + terms.CenterId, Money(8.5m))],
            await Legs(Center(terms.CenterId))
        );
        Assert.Equal(
            [new LegView(2, LedgerReader.Others, "operator.pending:" + terms.OperatorId, Money(1))],
            await Legs(Operator(terms.OperatorId))
        );
        Assert.Equal(4, (await Legs(Desk)).Count);
        string journal = (
            await house.LedgerAsync(Desk, l => l.JournalsAsync(new() { Kind = "charge", GroupId = terms.ContractId }, default))
        )
            .Items[0]
            .Id;
        // Who posted it and why is the desk's to read.
        var desk = (await house.LedgerAsync(Desk, l => l.FindJournalAsync(journal, default)))!;
        Assert.Equal(("system", 4), (desk.Actor, desk.Journal.Legs.Count));
        Assert.NotEmpty(desk.Reason!);
        var own = (await house.LedgerAsync(Center(terms.CenterId), l => l.FindJournalAsync(journal, default)))!;
        Assert.Equal((null, null), (own.Actor, own.Reason));
        Assert.Equal(await Legs(Center(terms.CenterId)), own.Journal.Legs);
        // The four legs of the charge are one row of the customer's account.
        var held = Ok(
            await house.LedgerAsync(
                Customer(terms.CustomerId),
                l => l.AccountLegsAsync($"customer.held:{terms.CustomerId}~CNY", new(), default)
            )
        ).Items;
        Assert.Equal(
            [("release", 0m, 88.1m, 0m), ("charge", 0m, 11.9m, 88.1m), ("hold", 100m, 0m, 100m)],
            held.Select(l => (l.Kind, l.Credit.Amount, l.Debit.Amount, l.Balance.Amount))
        );
        Assert.All(held, l => Assert.Equal((null, null), (l.Actor, l.Reason)));
        var accounts = (await house.LedgerAsync(Center(terms.CenterId), l => l.AccountsAsync(new(), default))).Items;
        Assert.Equal(["center.pending:" + terms.CenterId], accounts.Select(a => a.Code));
    }

    [Fact]
    public async Task A_party_on_several_sides_gets_the_side_it_asks_for()
    {
        await using var house = Over(db);
        string party = house.NewParty();
        var buys = await house.ContractAsync(with: t => t with { CustomerId = party });
        var sells = await house.ContractAsync(with: t => t with { CenterId = party, OperatorId = party });
        await house.RecordAsync(house.Reading(buys, 1, 1), house.Reading(sells, 1, 1));
        var actor = new Actor(party, PartyKinds.Customer | PartyKinds.Center | PartyKinds.Operator, MemberRole.Owner);

        Task<IReadOnlyList<CostGroup>> Groups(string? side) =>
            house.RatingAsync(actor, r => r.GroupedAsync("contract", Cny, default, house.Now.AddDays(1), side, default));
        Assert.Equal([(buys.ContractId, Money(11.9m))], (await Groups("customer")).Select(g => (g.Key, g.Amount)));
        Assert.Equal([(sells.ContractId, Money(8.5m))], (await Groups("center")).Select(g => (g.Key, g.Amount)));
        Assert.Equal([(sells.ContractId, Money(1))], (await Groups("operator")).Select(g => (g.Key, g.Amount)));
        Assert.Equal([Money(11.9m), Money(1)], (await Groups(null)).OrderByDescending(g => g.Amount.Micros).Select(g => g.Amount));
        Assert.Equal(
            [Money(8.5m)],
            (await house.RatingAsync(actor, r => r.ChargesAsync(new() { Side = "center" }, default))).Items.Select(c => c.Amount)
        );
    }

    [Fact]
    public async Task A_center_reports_usage_of_its_own_contracts_only()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync();
        var reading = house.Reading(terms, 1, 1);
        Assert.Empty(await house.RatingAsync(Center(house.NewParty()), r => r.RecordAsync([reading], default)));
        Assert.Empty(await house.RatingAsync(Customer(terms.CustomerId), r => r.RecordAsync([reading], default)));
        Assert.Equal(Money(100), (await house.WalletAsync(terms.CustomerId)).Held);
        Assert.Equal(
            Money(11.9m),
            Assert.Single(await house.RatingAsync(Center(terms.CenterId), r => r.RecordAsync([reading], default))).Charged
        );
    }

    private static async Task<ContractTerms> InvoicedAsync(BillingHouse house)
    {
        var terms = await house.ContractAsync();
        await house.RecordAsync(house.Reading(terms, 1, 1, final: true));
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        Ok(await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default)));
        return terms;
    }
}
