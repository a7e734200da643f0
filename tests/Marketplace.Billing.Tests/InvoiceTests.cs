using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

public sealed class InvoiceTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    [Fact]
    public async Task A_contract_that_ended_has_one_invoice_that_equals_its_charges_and_its_legs()
    {
        await using var house = Over(db, s => s.AddScoped<IPartyNames, Names>());
        var terms = await house.ContractAsync(hold: 200, retail: 7.123456789m, wholesale: 5.5m);
        for (int i = 1; i <= 7; i++)
            await house.RecordAsync(house.Reading(terms, i * 0.37m, i, final: i == 7));
        var customer = Customer(terms.CustomerId);
        Assert.Equal(
            "contract-running",
            Refused(await house.InvoicesAsync(customer, i => i.InvoiceContractAsync(terms.ContractId, default))).Code
        );
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));

        var invoice = Ok(await house.InvoicesAsync(customer, i => i.InvoiceContractAsync(terms.ContractId, default)));

        var charges = (await house.RatingAsync(customer, r => r.ChargesAsync(new() { ContractId = terms.ContractId }, default))).Items;
        Assert.Equal(7, charges.Count);
        Assert.Equal(charges.Sum(c => c.Amount.Micros), invoice.Net.Micros);
        Assert.Equal(charges.Sum(c => c.Tax.Micros), invoice.Tax.Micros);
        Assert.Equal(invoice.Net + invoice.Tax + invoice.Rounding, invoice.Total);
        Assert.Equal(invoice.Total.RoundToExponent(), invoice.Total);
        Assert.NotEqual(0, invoice.Rounding.Micros);
        Assert.Equal((InvoiceState.Paid, Money(0), "Name of " + terms.CustomerId), (invoice.State, invoice.Open, invoice.CustomerName));
        var line = Assert.Single(invoice.Lines);
        Assert.Equal((2.59m, "card-hour", 7.123456789m), (line.Quantity, line.Unit, line.UnitPrice));
        Assert.Equal((Start, Start.AddHours(7)), (line.From, line.To));
        // Everything the customer has paid is the invoice's total.
        var wallet = await house.WalletAsync(terms.CustomerId);
        Assert.Equal(Money(200) - invoice.Total, wallet.Available);
        var legs = (
            await house.LedgerAsync(Actor.System, l => l.JournalsAsync(new() { GroupId = terms.ContractId, Kind = "charge" }, default))
        )
            .Items.SelectMany(j => j.Legs)
            .Sum(l => l.Amount.Micros);
        Assert.Equal(legs, (invoice.Net + invoice.Tax).Micros);
        // Asking again makes no second one.
        Assert.Equal(invoice.Id, Ok(await house.InvoicesAsync(customer, i => i.InvoiceContractAsync(terms.ContractId, default))).Id);
    }

    [Fact]
    public async Task Numbers_have_no_gaps_when_many_are_made_at_once_and_some_fail()
    {
        await using var house = Over(db, settings: ("InvoiceIssuer", "GAP"));
        var contracts = new List<ContractTerms>();
        for (int i = 0; i < 12; i++)
        {
            var terms = await house.ContractAsync();
            await house.RecordAsync(house.Reading(terms, 1, 1, final: true));
            await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
            contracts.Add(terms);
        }
        // Rolled back half-way: the numbers they took come back.
        foreach (var terms in contracts.Take(3))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() =>
                house.ActAsync<IServiceProvider, int>(
                    Actor.System,
                    services =>
                        Platform.Data.Transactions.InTransactionAsync<int>(
                            services.GetRequiredService<Platform.Data.MarketplaceDbContext>(),
                            async ct =>
                            {
                                Ok(await services.GetRequiredService<IInvoices>().InvoiceContractAsync(terms.ContractId, ct));
                                throw new InvalidOperationException("stopped");
                            },
                            default
                        )
                )
            );
        }
        var invoices = await Task.WhenAll(
            contracts.Select(async c => Ok(await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(c.ContractId, default))))
        );
        Assert.Equal(Enumerable.Range(1, 12).Select(n => $"GAP-CNY-{n:D6}"), invoices.Select(i => i.Number).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_a_hold_did_not_cover_is_invoiced_and_paid_from_later_credit_the_oldest_first()
    {
        await using var house = Over(db);
        var first = await house.ContractAsync(hold: 1.9m);
        var second = await house.ContractAsync(hold: 0, with: t => t with { CustomerId = first.CustomerId, HoldReference = "" });
        var customer = Customer(first.CustomerId);
        var invoices = new List<InvoiceView>();
        foreach (var terms in new[] { first, second })
        {
            await house.RecordAsync(house.Reading(terms, 1, 1, final: true));
            await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
            invoices.Add(Ok(await house.InvoicesAsync(customer, i => i.InvoiceContractAsync(terms.ContractId, default))));
        }
        Assert.Equal([(InvoiceState.Final, Money(10)), (InvoiceState.Final, Money(11.9m))], invoices.Select(i => (i.State, i.Open)));

        await house.TopUpAsync(first.CustomerId, 15);
        Assert.Equal([(InvoiceState.Paid, Money(0)), (InvoiceState.Final, Money(6.9m))], await StatesAsync());
        Assert.Equal(Money(0), (await house.WalletAsync(first.CustomerId)).Available);
        Assert.Equal(
            invoices[1].Id,
            Assert.Single((await house.InvoicesAsync(customer, i => i.ListAsync(new() { State = InvoiceState.Final }, default))).Items).Id
        );
        await house.TopUpAsync(first.CustomerId, 7);
        Assert.Equal([(InvoiceState.Paid, Money(0)), (InvoiceState.Paid, Money(0))], await StatesAsync());
        Assert.Equal(Money(0.1m), (await house.WalletAsync(first.CustomerId)).Available);

        async Task<List<(InvoiceState, Money)>> StatesAsync()
        {
            var states = new List<(InvoiceState, Money)>();
            foreach (var invoice in invoices)
            {
                var now = (await house.InvoicesAsync(customer, i => i.FindAsync(invoice.Id, default)))!;
                states.Add((now.State, now.Open));
            }
            return states;
        }
    }

    [Fact]
    public async Task Nothing_charged_is_nothing_to_invoice()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync();
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        Assert.Equal(
            "nothing-to-invoice",
            Refused(await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default))).Code
        );
    }

    private sealed class Names : IPartyNames
    {
        public Task<string?> NameAsync(string partyId, CancellationToken ct) => Task.FromResult<string?>("Name of " + partyId);
    }
}
