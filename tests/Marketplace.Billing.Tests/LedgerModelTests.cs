using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>
/// Random lives of a few customers, against an oracle that keeps plain numbers: after every step the database and the oracle have the same
/// balances, and after every life the books balance.
/// </summary>
[Trait("Category", "Faults")]
public sealed class LedgerModelTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int Contracts = 3;

    public enum Act
    {
        TopUp,
        Grant,
        Hold,
        Grow,
        Charge,
        Replay,
        Settle,
        Invoice,
    }

    /// <param name="Who">Which of the contracts.</param>
    /// <param name="Cents">How much money, or how many hundredths of a card-hour.</param>
    public sealed record Step(Act Act, int Who, int Cents);

    private static readonly Gen<Step> Steps =
        from act in Gen.Frequency(
            (2, Gen.Constant(Act.TopUp)),
            (1, Gen.Constant(Act.Grant)),
            (3, Gen.Constant(Act.Hold)),
            (1, Gen.Constant(Act.Grow)),
            (6, Gen.Constant(Act.Charge)),
            (1, Gen.Constant(Act.Replay)),
            (1, Gen.Constant(Act.Settle)),
            (1, Gen.Constant(Act.Invoice))
        )
        from who in Gen.Choose(0, Contracts - 1)
        from cents in Gen.Choose(1, 3_000)
        select new Step(act, who, cents);

    [Fact]
    public void Random_lives_agree_with_the_oracle_after_every_step() =>
        Properties.Check(
            Gen.Choose(5, 25).SelectMany(n => Steps.ArrayOf(n)),
            steps => LiveAsync(steps).GetAwaiter().GetResult(),
            count: Properties.Of(15, 100)
        );

    private async Task<bool> LiveAsync(Step[] steps)
    {
        await using var house = Over(db);
        // One customer with several contracts, so that they compete for its credit.
        string customer = house.NewParty();
        string center = house.NewParty();
        var contracts = new List<ContractTerms>();
        for (int i = 0; i < Contracts; i++)
            contracts.Add(
                await house.ContractAsync(
                    hold: 0,
                    retail: 1.234567891m + i,
                    wholesale: 0.98765m + i,
                    with: t => t with { CustomerId = customer, CenterId = center }
                )
            );
        var oracle = new LedgerOracle(contracts);
        foreach (Step step in steps)
        {
            await TakeAsync(house, oracle, contracts[step.Who], customer, step);
            var wallet = await house.WalletAsync(customer);
            Assert.Equal(
                (oracle.Available, oracle.Promo, oracle.Held, oracle.CenterPending),
                (wallet.Available.Micros, wallet.Promo.Micros, wallet.Held.Micros, (await house.WalletAsync(center)).Pending.Micros)
            );
        }
        return true;
    }

    private static async Task TakeAsync(BillingHouse house, LedgerOracle oracle, ContractTerms terms, string customer, Step step)
    {
        long micros = step.Cents * 10_000L;
        LedgerOracle.Contract model = oracle.Contracts[terms.ContractId];
        switch (step.Act)
        {
            case Act.TopUp:
                await house.TopUpAsync(customer, step.Cents / 100m);
                oracle.TopUp(micros);
                break;
            case Act.Grant:
                await house.GrantAsync(customer, step.Cents / 100m);
                oracle.Promo += micros;
                break;
            case Act.Hold:
                var held = await house.HoldAsync(customer, step.Cents / 100m, terms.HoldReference);
                Assert.Equal(oracle.Hold(model, micros), held.IsOk ? "" : held.Problem!.Code);
                break;
            case Act.Grow:
                var grown = await house.LedgerAsync(
                    Customer(customer),
                    l => l.GrowHoldAsync(terms.HoldReference, Money(step.Cents / 100m), house.NewId("key"), default)
                );
                Assert.Equal(oracle.Grow(model, micros), grown.IsOk ? "" : grown.Problem!.Code);
                break;
            case Act.Charge:
                model.Seconds += step.Cents * 36m;
                model.Minutes++;
                var result = Assert.Single(await house.RecordAsync(house.Reading(terms, model.Seconds / 3600, model.Minutes / 60.0)));
                Assert.Equal(oracle.Charge(model), result.Charged.Micros);
                break;
            case Act.Replay:
                // What is known already, under a new event id: nothing.
                if (model.Minutes > 0)
                    Assert.Equal(
                        0,
                        Assert
                            .Single(await house.RecordAsync(house.Reading(terms, model.Seconds / 3600, model.Minutes / 60.0)))
                            .Charged.Micros
                    );
                break;
            case Act.Settle:
                await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
                oracle.Release(model);
                model.Ended = true;
                break;
            case Act.Invoice:
                var invoice = await house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default));
                if (model.Ended && model.Charged > model.Invoiced)
                    Assert.Equal(oracle.Invoice(model), Ok(invoice).Total.Micros);
                break;
            default:
                throw new InvalidOperationException($"{step.Act} is not an act.");
        }
    }
}
