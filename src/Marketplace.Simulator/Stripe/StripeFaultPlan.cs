namespace Marketplace.Simulator.Stripe;

/// <summary>What can go wrong with one call.</summary>
public enum StripeFault
{
    None,

    /// <summary>The connection breaks before anything was done.</summary>
    LostBefore,

    /// <summary>It is done, and the connection breaks before the answer.</summary>
    LostAfter,

    /// <summary>409: the object is locked by another request. Nothing was done.</summary>
    Conflict,

    /// <summary>429 with Retry-After. Nothing was done.</summary>
    RateLimited,

    /// <summary>500 before anything was done; the answer is kept under the idempotency key, as the API does.</summary>
    ErrorBefore,

    /// <summary>500 after it was done; the answer is kept under the idempotency key.</summary>
    ErrorAfter,
}

/// <summary>A call as the plan sees it.</summary>
/// <param name="Number">Counts all calls from 1.</param>
public sealed record StripeCall(int Number, string Method, string Path);

/// <summary>Decides which calls and deliveries go wrong. The same seed gives the same faults.</summary>
public sealed class StripeFaultPlan
{
    private readonly Func<StripeCall, StripeFault> choose;

    private StripeFaultPlan(Func<StripeCall, StripeFault> choose) => this.choose = choose;

    /// <summary>Nothing goes wrong.</summary>
    public static StripeFaultPlan None { get; } = new(_ => StripeFault.None);

    /// <summary>The plan given as a function of the call.</summary>
    public static StripeFaultPlan Of(Func<StripeCall, StripeFault> choose) => new(choose);

    /// <summary>Each call fails with a probability, with a fault drawn from all kinds.</summary>
    /// <param name="rate">0 to 1.</param>
    public static StripeFaultPlan Seeded(int seed, double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, 1);
        var random = new Random(seed);
        var gate = new Lock();
        return new StripeFaultPlan(_ =>
        {
            lock (gate)
                return random.NextDouble() >= rate ? StripeFault.None : (StripeFault)random.Next(1, Enum.GetValues<StripeFault>().Length);
        });
    }

    internal StripeFault Choose(StripeCall call) => choose(call);
}
