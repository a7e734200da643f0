using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;
using static Marketplace.Billing.Tests.Plans.PlanVerbs;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>Card-hours paid ahead: bought once, used first, drawn once each, and earned also when they go by unused.</summary>
public sealed class ReservationTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task It_is_paid_from_credit_once_per_key_and_only_with_enough_of_it()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 0);
        var purchase = Purchase(terms, cardHours: 10);
        Assert.Equal("insufficient-funds", Refused(await BuyAsync(house, purchase, "k1")).Code);
        // Promotional credit pays nothing ahead.
        await house.GrantAsync(terms.CustomerId, 1000);
        Assert.Equal("insufficient-funds", Refused(await BuyAsync(house, purchase, "k1")).Code);
        await house.TopUpAsync(terms.CustomerId, 300);
        var bought = Ok(await BuyAsync(house, purchase, "k1"));
        Assert.Equal((Money(70), Money(83.3m), 10m), (bought.Net, bought.Total, bought.RemainingCardHours));
        Assert.Equal(bought.Id, Ok(await BuyAsync(house, purchase, "k1")).Id);
        Assert.Equal("idempotency-key-reused", Refused(await BuyAsync(house, purchase with { CardHours = 11 }, "k1")).Code);
        Assert.Equal(Money(300 - 83.3m), (await house.WalletAsync(terms.CustomerId)).Available);
        Assert.Equal(83_300_000, await house.BalanceAsync($"deferred:{bought.Id}"));
        Assert.Equal("/cardHours", Refused(await BuyAsync(house, purchase with { CardHours = 0 }, "k2")).Errors[0].Pointer);
        var stranger = house.NewParty();
        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(
                await house.ActAsync<IReservations, Outcome<ReservationView>>(Customer(stranger), r => r.BuyAsync(purchase, "k", default))
            ).Kind
        );
        Assert.Null(await FindAsync(house, Customer(stranger), bought.Id));
        Assert.Empty(
            (
                await house.ActAsync<IReservations, Platform.Pages.Page<ReservationView>>(
                    Customer(stranger),
                    r => r.ListAsync(new(), default)
                )
            ).Items
        );
        // The center sees what it will earn and not whose it is; the customer does not see the center.
        var center = (await FindAsync(house, Center(terms.CenterId), bought.Id))!;
        Assert.Equal(("", Money(60)), (center.CustomerId, center.Net));
        Assert.Equal("", bought.CenterId);
    }

    [Fact]
    public async Task It_is_used_before_anything_is_charged_and_the_rest_of_the_window_is_charged_at_the_contract_s_price()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        var bought = await BoughtAsync(house, terms, cardHours: 2);
        var served = Assert.Single(await house.RecordAsync(house.Reading(terms, 1.5m, 1.5)));
        Assert.Equal(Money(0), served.Charged);
        var mixed = Assert.Single(await house.RecordAsync(house.Reading(terms, 2.5m, 2.5, final: true)));
        Assert.Equal(Money(5 * 1.19m), mixed.Charged);
        var now = (await FindAsync(house, Customer(terms.CustomerId), bought.Id))!;
        Assert.Equal((ReservationState.UsedUp, 0m), (now.State, now.RemainingCardHours));
        Assert.Equal(0, await house.BalanceAsync($"deferred:{bought.Id}"));
        // Two reserved hours at 6 wholesale, half an hour on demand at 8.5.
        Assert.Equal(12_000_000 + 4_250_000, await house.BalanceAsync($"center.pending:{terms.CenterId}"));
        Assert.Equal(
            2L,
            await house.AsOwnerAsync(
                $"select count(*) from billing.rated_line where contract_id = '{terms.ContractId}' and kind = 'reserved' and net = 0"
            )
        );
        var billing = (await house.RatingAsync(Customer(terms.CustomerId), r => r.BillingAsync(terms.ContractId, null, default)))!;
        Assert.Equal((1800m, 7200m), (billing.CardSeconds, billing.ReservedCardSeconds));
        Assert.True(billing.Proof.Holds);
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        var invoice = Ok(await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default)));
        Assert.Equal(Money(5), invoice.Net);
        // Past the dispute window both what was served and what was charged are payable.
        house.Time.Advance(TimeSpan.FromDays(8));
        await house.WorkAsync();
        await house.WorkAsync();
        Assert.Equal(0, await house.BalanceAsync($"center.pending:{terms.CenterId}"));
        Assert.Equal(16_250_000, await house.BalanceAsync($"center.payable:{terms.CenterId}"));
    }

    [Fact]
    public async Task Contracts_that_report_at_once_never_draw_more_than_was_bought()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 1000);
        var other = await house.ContractAsync(
            hold: 1000,
            with: t => t with { CustomerId = terms.CustomerId, OperatorId = terms.OperatorId, CenterId = terms.CenterId }
        );
        var bought = await BoughtAsync(house, terms, cardHours: 10);
        await Task.WhenAll(
            from contract in new[] { terms, other }
            from pod in Enumerable.Range(1, 6)
            select house.RecordAsync(house.Reading(contract, 1.5m, 1.5, $"alc_{pod}", final: true))
        );
        Assert.Equal(0, (await FindAsync(house, Customer(terms.CustomerId), bought.Id))!.RemainingCardHours);
        Assert.Equal(
            36_000m,
            await house.AsOwnerAsync($"select sum(quantity) from billing.reservation_draw where reservation_id = '{bought.Id}'")
        );
        // 18 hours were used, 10 of them reserved.
        decimal net = 0;
        foreach (var contract in new[] { terms, other })
            net += (await house.RatingAsync(Actor.System, r => r.CostAsync(contract.ContractId, default)))!.Net.Amount;
        Assert.Equal(80, net);
    }

    [Fact]
    public async Task A_correction_gives_back_what_was_not_used_and_late_ones_are_due_again()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        var bought = await BoughtAsync(house, terms, cardHours: 2);
        await house.RecordAsync(house.Reading(terms, 3, 3));
        Assert.Equal(10_000_000, await NetAsync(house, terms));
        // Past the dispute window everything is payable, and then one hour turns out to be all there was.
        house.Time.Advance(TimeSpan.FromDays(8));
        await house.WorkAsync();
        Assert.Equal(12_000_000 + 8_500_000, await house.BalanceAsync($"center.payable:{terms.CenterId}"));
        await house.RecordAsync(house.Reading(terms, 1, 3) with { EventId = house.NewId("evt"), Revision = 1 });
        Assert.Equal(1, (await FindAsync(house, Customer(terms.CustomerId), bought.Id))!.RemainingCardHours);
        Assert.Equal(8_330_000, await house.BalanceAsync($"deferred:{bought.Id}"));
        Assert.Equal(0, await NetAsync(house, terms));
        Assert.Equal(100_000_000, await house.BalanceAsync($"customer.held:{terms.CustomerId}"));
        house.Time.Advance(TimeSpan.FromDays(8));
        await house.WorkAsync();
        Assert.Equal(6_000_000, await house.BalanceAsync($"center.payable:{terms.CenterId}"));
        // And two hours after all: what went back is used again.
        await house.RecordAsync(house.Reading(terms, 2, 3, final: true) with { EventId = house.NewId("evt"), Revision = 2 });
        Assert.Equal(0, await house.BalanceAsync($"deferred:{bought.Id}"));
        var billing = await ProvenAsync(house, terms);
        Assert.Equal((0m, 7200m), (billing.CardSeconds, billing.ReservedCardSeconds));
    }

    private static async Task<long> NetAsync(BillingHouse house, ContractTerms terms) =>
        (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!.Net.Micros;

    [Theory]
    [InlineData("update billing.reservation set remaining = quantity")]
    [InlineData("update billing.reservation set net = 0")]
    [InlineData("delete from billing.reservation")]
    [InlineData("truncate billing.reservation cascade")]
    [InlineData("insert into billing.reservation_draw select 'x', id, null, true, 1, null, now() from billing.reservation")]
    [InlineData("update billing.reservation_draw set quantity = 1")]
    public async Task The_application_s_role_moves_no_reservation_by_hand(string sql)
    {
        await using var house = Over(db);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => house.AsApplicationAsync(sql));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task The_database_refuses_to_draw_more_than_is_left_and_to_give_back_what_no_line_gave()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 0);
        var bought = await BoughtAsync(house, terms, cardHours: 1);
        var more = await Assert.ThrowsAsync<PostgresException>(() =>
            house.AsApplicationAsync(
                $"select billing.draw_reservations(array['d1'], array['{bought.Id}'], array[null]::text[], array[3601], array[null]::text[], now())"
            )
        );
        Assert.Equal(PostgresErrorCodes.CheckViolation, more.SqlState);
        await Assert.ThrowsAsync<PostgresException>(() =>
            house.AsOwnerAsync(
                $"update billing.reservation set remaining = 1 where id = '{bought.Id}'; update billing.reservation set remaining = 2 where id = '{bought.Id}'"
            )
        );
    }
}
