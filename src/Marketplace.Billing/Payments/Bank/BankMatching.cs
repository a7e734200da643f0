using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Payments.Bank;

internal enum AwaitedKind
{
    Payment,
    Refund,
    Payout,
}

/// <summary>Something of ours that a transfer finishes.</summary>
internal sealed record Awaited(AwaitedKind Kind, string Id, string PartyId, Money Amount)
{
    public bool Incoming => Kind == AwaitedKind.Payment;
}

/// <summary>Which of what we wait for an entry of the bank's stands for. Pure.</summary>
internal sealed class BankMatching(IEnumerable<Awaited> awaited)
{
    private readonly ILookup<string, Awaited> byReference = awaited.ToLookup(
        a => LocalPaymentProvider.TransferReference(a.Id),
        StringComparer.Ordinal
    );

    /// <summary>
    /// What the texts name, when it is one thing only, of exactly this amount and direction. People write references with spaces, dashes and small
    /// letters: only letters and digits count.
    /// </summary>
    public Awaited? Find(Money amount, bool incoming, IEnumerable<string> texts) =>
        Named(incoming, texts).Where(a => a.Amount == amount).Take(2).ToList() is [var one] ? one : null;

    /// <summary>Whose entry it seems to be: of the one party whose references it names, whatever the amount.</summary>
    public string? PartyOf(bool incoming, IEnumerable<string> texts) =>
        Named(incoming, texts).Select(a => a.PartyId).Distinct(StringComparer.Ordinal).Take(2).ToList() is [var one] ? one : null;

    private IEnumerable<Awaited> Named(bool incoming, IEnumerable<string> texts) =>
        texts
            .Select(t => string.Concat(t.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant())
            .SelectMany(Windows)
            .SelectMany(w => byReference[w])
            .Where(a => a.Incoming == incoming)
            .DistinctBy(a => a.Id, StringComparer.Ordinal);

    private static IEnumerable<string> Windows(string text)
    {
        for (int from = 0; from + LocalPaymentProvider.TransferReferenceLength <= text.Length; from++)
            yield return text.Substring(from, LocalPaymentProvider.TransferReferenceLength);
    }
}
