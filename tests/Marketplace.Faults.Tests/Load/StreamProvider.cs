using System.Collections.Concurrent;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;

namespace Marketplace.Faults.Tests.Load;

/// <summary>
/// The payment provider as the killed process sees it: it says <c>pay KEY MICROS</c>, waits for <c>paid KEY</c>, and says <c>answered KEY</c>
/// before it returns. Whoever holds the other end decides when, and whether, there is an answer.
/// </summary>
internal sealed class StreamProvider : IPaymentProvider
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new(StringComparer.Ordinal);
    private readonly TextWriter output;
    private readonly Lock gate = new();

    public StreamProvider(TextReader input, TextWriter output)
    {
        this.output = output;
        var listener = new Thread(() => Listen(input)) { IsBackground = true };
        listener.Start();
    }

    public string Name => RemoteProvider.ProviderName;

    public bool TakesCards => false;

    public async Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        var (idempotencyKey, amount) = (order.PaymentId, order.Amount);
        // Continuations elsewhere: the listening thread goes on listening.
        var answer = waiting.GetOrAdd(idempotencyKey, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        Say($"pay {idempotencyKey} {amount.Micros}");
        await answer.Task.WaitAsync(ct);
        Say($"answered {idempotencyKey}");
        return RemoteProvider.Paid(idempotencyKey, amount.Currency);
    }

    public Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct) => throw RemoteProvider.NotAsked();

    public Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct) => throw RemoteProvider.NotAsked();

    /// <summary>One whole line, at once: what was written before a kill is read after it.</summary>
    public void Say(string line)
    {
        lock (gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }

    private void Listen(TextReader input)
    {
        while (input.ReadLine() is { } line)
        {
            if (line.Split(' ') is ["paid", var key] && waiting.TryGetValue(key, out var answer))
                answer.TrySetResult();
        }
    }
}

/// <summary>The provider itself, which outlives the process that calls it: it takes each key's money once and answers every repetition the same.</summary>
internal sealed class RemoteProvider : IPaymentProvider
{
    public const string ProviderName = "remote";

    /// <summary>What was taken, by key, in micro-units.</summary>
    public ConcurrentDictionary<string, long> Taken { get; } = new(StringComparer.Ordinal);

    public string Name => ProviderName;

    public bool TakesCards => false;

    public Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        Take(order.PaymentId, order.Amount.Micros);
        return Task.FromResult(Paid(order.PaymentId, order.Amount.Currency));
    }

    public Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct) => throw NotAsked();

    public Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct) => throw NotAsked();

    /// <summary>A call these faults do not make.</summary>
    public static InvalidOperationException NotAsked() => new("Only payments are asked of this provider.");

    /// <exception cref="InvalidOperationException">The key was used for another amount.</exception>
    public void Take(string key, long micros)
    {
        if (Taken.GetOrAdd(key, micros) != micros)
            throw new InvalidOperationException($"{key} asks for another amount than before.");
    }

    public static ProviderPayment Paid(string key, Currency currency) =>
        new("ch_" + key, PaymentState.Succeeded, Money.Zero(currency), Failure: null);
}
