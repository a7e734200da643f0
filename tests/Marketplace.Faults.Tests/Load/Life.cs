using Marketplace.Billing;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payouts;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests.Load;

/// <summary>
/// One customer in one currency, with a few contracts, living at random next to its oracle. Every request is repeated under its key until it is
/// answered; after every step the database and the oracle agree.
/// </summary>
internal sealed class Life
{
    private const int ContractCount = 3;
    private readonly BillingHouse house;
    private readonly Random random;
    private readonly string customer;
    private readonly Currency currency;
    private readonly string prefix;
    private readonly List<ContractTerms> contracts = [];
    private int step;

    /// <param name="prefix">Begins every id and key of this life.</param>
    /// <param name="trade">Begins the ids of the center and the operator, which several lives share.</param>
    public Life(BillingHouse house, int seed, string prefix, string trade, Currency currency)
    {
        (this.house, this.prefix, this.currency) = (house, prefix, currency);
        random = new Random(seed);
        customer = "org_" + prefix;
        for (int i = 0; i < ContractCount; i++)
            contracts.Add(
                new ContractTerms(
                    $"ctr_{prefix}_{i}",
                    $"ord_{prefix}",
                    customer,
                    $"org_{trade}_operator",
                    $"org_{trade}_center_{i}",
                    currency.Code,
                    "Ascend 910B",
                    "1 × Ascend 910B",
                    1.234567891m + i,
                    0.98765m + i,
                    0.05m,
                    0.19m,
                    "CN",
                    $"contract:{prefix}_{i}"
                )
            );
        Oracle = new LedgerOracle(contracts);
    }

    public LedgerOracle Oracle { get; }

    /// <summary>Requests that had to be sent again.</summary>
    public int Repeated { get; private set; }

    public IReadOnlyList<ContractTerms> Contracts => contracts;

    public async Task RunAsync(int steps)
    {
        await AskAsync(() =>
            house.RatingAsync(
                Actor.System,
                async r =>
                {
                    await r.RegisterManyAsync(contracts, default);
                    return 0;
                }
            )
        );
        for (step = 0; step < steps; step++)
        {
            await StepAsync(contracts[random.Next(ContractCount)], random.Next(1, 3_000));
            WalletView wallet = await WalletAsync();
            Assert.Equal(
                (step, Oracle.Available, Oracle.Promo, Oracle.Held),
                (step, wallet.Available.Micros, wallet.Promo.Micros, wallet.Held.Micros)
            );
        }
    }

    public Task<WalletView> WalletAsync() =>
        AskAsync(() => house.LedgerAsync(Actor.System, l => l.WalletAsync(customer, currency, default)));

    private Money Cents(long cents) => new(cents * 10_000, currency);

    private async Task StepAsync(ContractTerms terms, int cents)
    {
        LedgerOracle.Contract model = Oracle.Contracts[terms.ContractId];
        long micros = cents * 10_000L;
        string key = $"{prefix}-{step}";
        switch (random.Next(21))
        {
            case < 3:
                Ok(await AskAsync(() => house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Cents(cents), key, default))));
                Oracle.TopUp(micros);
                break;
            case 3:
                Ok(await AskAsync(() => house.PaymentsAsync(Desk, p => p.GrantAsync(customer, Cents(cents), "spring", key, default))));
                Oracle.Promo += micros;
                break;
            case < 7:
                var held = await AskAsync(() =>
                    house.LedgerAsync(Customer(customer), l => l.HoldAsync(terms.HoldReference, customer, Cents(cents), null, default))
                );
                Assert.Equal(Oracle.Hold(model, micros), held.Problem?.Code ?? "");
                break;
            case 7:
                var grown = await AskAsync(() =>
                    house.LedgerAsync(Customer(customer), l => l.GrowHoldAsync(terms.HoldReference, Cents(cents), key, default))
                );
                Assert.Equal(Oracle.Grow(model, micros), grown.Problem?.Code ?? "");
                break;
            case < 14:
                model.Seconds += cents * 36m;
                model.Minutes++;
                await ChargeAsync(terms, model, key);
                break;
            case 14:
                if (model.Minutes > 0)
                    await ChargeAsync(terms, model, key);
                break;
            case 15:
                await AskAsync(() => house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default)));
                Oracle.Release(model);
                model.Ended = true;
                break;
            case 16:
                await InvoiceAsync(terms, model);
                break;
            case 17:
                await ExpireAsync(key, micros);
                break;
            case 18:
                await RefundAsync(key, micros, settles: random.Next(2) == 0);
                break;
            case 19:
                await DisputeAsync(key, micros, won: random.Next(2) == 0);
                break;
            default:
                // Whatever is due, for everybody.
                await AskAsync(() => house.ActAsync<MakeDue, int>(Actor.System, d => d.RunAsync(default)));
                break;
        }
    }

    private async Task ChargeAsync(ContractTerms terms, LedgerOracle.Contract model, string key)
    {
        UsageReading reading = house.Reading(terms, model.Seconds / 3600, model.Minutes / 60.0, eventId: key) with
        {
            Quantity = model.Seconds,
        };
        var result = Assert.Single(await AskAsync(() => house.RecordAsync(reading)));
        Oracle.Charge(model);
        // What one call charged is told to whoever made it; a repetition is told the total.
        Assert.Equal(model.Charged, result.ChargedTotal.Micros);
    }

    private async Task InvoiceAsync(ContractTerms terms, LedgerOracle.Contract model)
    {
        var invoice = await AskAsync(() => house.InvoicesAsync(Actor.System, i => i.InvoiceContractAsync(terms.ContractId, default)));
        if (model.Ended && model.Charged > model.Invoiced)
            Assert.Equal(Oracle.Invoice(model), Ok(invoice).Total.Micros);
    }

    /// <summary>A hold that nobody resolves: it is placed if there is credit for it, and the job gives it back.</summary>
    private async Task ExpireAsync(string key, long micros)
    {
        string reference = "late:" + key;
        DateTimeOffset expires = house.Now.AddMinutes(1);
        var placed = await AskAsync(() =>
            house.LedgerAsync(Customer(customer), l => l.HoldAsync(reference, customer, new Money(micros, currency), expires, default))
        );
        Assert.Equal(Oracle.Available + Oracle.Promo >= micros, placed.IsOk);
        house.Time.Advance(TimeSpan.FromMinutes(1));
        await AskAsync(() => house.ActAsync<BillingJobs, int>(Actor.System, j => j.ReleaseHoldsAsync(default)));
    }

    /// <summary>Leaves for the card, and comes back when the provider cannot pay it out: the journal is reversed.</summary>
    private async Task RefundAsync(string key, long micros, bool settles)
    {
        long amount = Math.Min(micros, Oracle.Available);
        if (amount == 0)
            return;
        var money = new Money(amount, currency);
        string journal = await PostAsync(Postings.RefundStarted(key, customer, money, house.Now));
        if (settles)
        {
            await PostAsync(Postings.RefundSettled(key, Chart.Psp(money.Currency), money, house.Now));
            Oracle.Available -= amount;
        }
        else
            await PostAsync(Postings.RefundFailed(key, journal, customer, money, house.Now));
    }

    /// <summary>What there is of the amount is frozen; then it is free again, or it is gone.</summary>
    private async Task DisputeAsync(string key, long micros, bool won)
    {
        var amount = new Money(micros, currency);
        var frozen = new Money(Math.Min(micros, Oracle.Available), currency);
        await PostAsync(Postings.DisputeOpened(key, customer, amount, new Money(150_000, currency), frozen, house.Now));
        await PostAsync(
            won
                ? Postings.DisputeWon(key, customer, amount, new Money(0, currency), frozen, house.Now)
                : Postings.DisputeLost(key, customer, amount, frozen, amount - frozen, house.Now)
        );
        if (!won)
            Oracle.Available -= frozen.Micros;
    }

    private async Task<string> PostAsync(JournalDraft draft)
    {
        // The id is given by whoever was first; a repetition is told it.
        Posted posted = (await AskAsync(() => house.PostAsync(draft)))[0];
        Assert.NotEqual(PostedStatus.Conflict, posted.Status);
        return posted.JournalId;
    }

    private Task<T> AskAsync<T>(Func<Task<T>> ask) => Lost.RetryAsync(ask, () => Repeated++);
}
