using System.Collections.Concurrent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>The steps tests of payouts take, one after the other.</summary>
internal static class PayoutSteps
{
    public static readonly PayoutDestination Account = new("Green Compute", "DE89370400440532013000", null, "Bank of Hohhot");
    public static readonly Actor First = Desk with { UserId = "usr_first" };
    public static readonly Actor Second = Desk with { UserId = "usr_second" };

    public static Task<T> PayoutsAsync<T>(BillingHouse house, Actor actor, Func<IPayouts, Task<T>> use) => house.ActAsync(actor, use);

    /// <summary>A center with something payable and a destination that has cooled off.</summary>
    public static async Task<string> EarnedAsync(BillingHouse house, decimal payable, bool destination = true)
    {
        string center = house.NewParty();
        string key = house.NewId("key");
        await house.PostAsync(
            new JournalDraft(
                "test",
                "test",
                key,
                house.Now,
                null,
                "",
                [new(Chart.Psp(Cny), Chart.CenterPayable(center, Cny), Money(payable).Micros)]
            )
        );
        if (destination)
        {
            Ok(await PayoutsAsync(house, Center(center), p => p.SetDestinationAsync(Cny, Account, default)));
            house.Time.Advance(TimeSpan.FromDays(3));
        }
        return center;
    }

    public static Task<int> AccrueAsync(BillingHouse house) => house.ActAsync<AccruePayouts, int>(Actor.System, j => j.RunAsync(default));

    public static Task<int> SubmitAsync(BillingHouse house) => house.ActAsync<SubmitPayouts, int>(Actor.System, j => j.RunAsync(default));

    public static async Task<PayoutView> OnlyAsync(BillingHouse house, string party) =>
        Assert.Single((await PayoutsAsync(house, Center(party), p => p.ListAsync(new(), default))).Items);

    public static Task<Platform.Outcomes.Outcome<PayoutView>> ActAsync(
        BillingHouse house,
        string id,
        PayoutAction action,
        string? text = null,
        Actor? by = null
    ) => PayoutsAsync(house, by ?? First, p => p.ActAsync(id, action, text, default));

    public static async Task<PayoutView> ApprovedAsync(BillingHouse house, string center)
    {
        await AccrueAsync(house);
        return Ok(await ActAsync(house, (await OnlyAsync(house, center)).Id, PayoutAction.Approve));
    }
}

/// <summary>Remembers what it was asked; fails the first times it is asked to submit.</summary>
internal sealed class RecordingProvider : IPayoutProvider
{
    private readonly ConcurrentQueue<string> submitted = new();
    private readonly ConcurrentQueue<string> lookedUp = new();

    public string Name => "recording";
    public int Fails { get; set; }
    public bool Knows { get; init; }
    public PayoutState State { get; set; } = PayoutState.Submitted;
    public IReadOnlyCollection<string> Submitted => submitted;
    public IReadOnlyCollection<string> LookedUp => lookedUp;

    public Task<ProviderPayout> SubmitAsync(ProviderPayoutOrder order, CancellationToken ct)
    {
        submitted.Enqueue(order.PayoutId);
        return Fails-- > 0
            ? throw new HttpRequestException("The connection was lost after the request.")
            : Task.FromResult(new ProviderPayout("ref-" + order.PayoutId, State, "refused"));
    }

    public Task<ProviderPayout?> FindAsync(ProviderPayoutOrder order, CancellationToken ct)
    {
        lookedUp.Enqueue(order.PayoutId);
        return Task.FromResult(Knows ? new ProviderPayout("ref-" + order.PayoutId, State, null) : null);
    }
}
