using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Metering;

/// <summary>Where one meter of one allocation stands.</summary>
/// <param name="Through">The end of the last window that was told.</param>
/// <param name="Revision">Of that window.</param>
/// <param name="Contested">Readings of it are in quarantine that a correction may make fit.</param>
internal sealed record MeterState(decimal Quantity, DateTimeOffset? Through, bool Final, int Revision = 0, bool Contested = false)
{
    public static readonly MeterState New = new(0, null, Final: false);
}

internal enum ReadingVerdict
{
    /// <summary>The meter moves to this reading.</summary>
    Accepted,

    /// <summary>The meter's last window is told anew: the difference is charged or given back.</summary>
    Correction,

    /// <summary>Older than what is known and consistent with it: late or reordered, already paid for by a later reading.</summary>
    Superseded,

    /// <summary>Set aside for a person to look at; changes nothing.</summary>
    Quarantined,
}

/// <param name="Reason">Why it was quarantined: a stable code.</param>
internal readonly record struct ReadingDecision(ReadingVerdict Verdict, string? Reason = null, string? Detail = null);

/// <summary>What to do with a reading, from the reading and the meter alone.</summary>
internal static class MeterRule
{
    /// <summary>The meter every contract has; tokens and calls are others, where a contract has a price for them.</summary>
    public const string CardSeconds = "card-seconds";

    /// <summary>317 years of one card: anything larger is a broken agent, and keeps the arithmetic inside its bounds.</summary>
    public const decimal MaxQuantity = 10_000_000_000m;
    private const int MaxTextLength = 200;

    /// <summary>How the sources of centers' own gateways begin.</summary>
    public const string GatewayPrefix = "gateway:";

    /// <summary>Checks a reading by itself.</summary>
    public static ReadingDecision? Malformed(UsageReading reading)
    {
        string? detail =
            string.IsNullOrEmpty(reading.Source) || string.IsNullOrEmpty(reading.EventId) ? "source and event id must be given"
            : string.IsNullOrEmpty(reading.AllocationId) || string.IsNullOrEmpty(reading.Meter) ? "allocation and meter must be given"
            : TooLong(reading.Source, reading.EventId, reading.ContractId, reading.AllocationId, reading.Meter)
                ? $"an id is longer than {MaxTextLength} characters"
            : reading.Quantity < 0 ? "the quantity is negative"
            : reading.Quantity > MaxQuantity ? $"the quantity is above {MaxQuantity.ToString("N0", CultureInfo.InvariantCulture)}"
            : reading.To < reading.From ? "the window ends before it starts"
            : reading.Revision < 0 || reading.Epoch < 0 ? "revision and epoch count from 0"
            : null;
        if (detail is not null)
            return Quarantine("malformed", detail);
        // A center is paid by this meter: it does not read it itself.
        return reading.Meter == CardSeconds && reading.Source.StartsWith(GatewayPrefix, StringComparison.Ordinal)
            ? Quarantine("measured-by-network", "card-seconds are measured at the cluster by the network")
            : null;
    }

    /// <summary>Checks a reading against its meter.</summary>
    public static ReadingDecision Decide(UsageReading reading, MeterState meter)
    {
        decimal quantity = Quantity(reading);
        if (meter.Through is not { } through)
            return new ReadingDecision(ReadingVerdict.Accepted);
        if (reading.To == through && (reading.Revision != meter.Revision || quantity != meter.Quantity))
        {
            return reading.Revision > meter.Revision ? new ReadingDecision(ReadingVerdict.Correction)
                : reading.Revision < meter.Revision ? new ReadingDecision(ReadingVerdict.Superseded)
                : Quarantine(
                    "same-revision",
                    $"{Text(quantity)} at {Text(reading.To)} where {Text(meter.Quantity)} is known; a correction has a higher revision than {Text(meter.Revision)}"
                );
        }
        if (reading.To <= through)
        {
            return quantity <= meter.Quantity
                ? new ReadingDecision(ReadingVerdict.Superseded)
                : Quarantine(
                    "earlier-and-larger",
                    $"{Text(quantity)} at {Text(reading.To)} is more than {Text(meter.Quantity)} known at {Text(through)}"
                );
        }
        if (quantity < meter.Quantity)
            return Quarantine(
                "counter-fell",
                $"{Text(quantity)} at {Text(reading.To)} is less than {Text(meter.Quantity)} known at {Text(through)}"
            );
        return meter.Final && quantity > meter.Quantity
            ? Quarantine("after-final", $"the allocation ended at {Text(through)} with {Text(meter.Quantity)}")
            : new ReadingDecision(meter.Final ? ReadingVerdict.Superseded : ReadingVerdict.Accepted);
    }

    /// <summary>
    /// Checks a correction of a meter of which usage is disputed: what reaches back before its own window changes charges of which nobody can say
    /// how much was given back already.
    /// </summary>
    public static ReadingDecision DecideDisputed(UsageReading reading, BookedMeter meter)
    {
        decimal least = Math.Min(Quantity(reading), meter.State.Quantity);
        return meter.Last is not { } last
                ? Quarantine("disputed-window", "usage of this meter is disputed, and how much of it was the last window is not known")
            : least < last.QuantityBefore
                ? Quarantine(
                    "disputed-window",
                    $"{Text(least)} is less than {Text(last.QuantityBefore)} known at {Text(last.From)}, and usage of this meter is disputed"
                )
            : new ReadingDecision(ReadingVerdict.Correction);
    }

    /// <summary>The quantity at the scale it is stored with.</summary>
    public static decimal Quantity(UsageReading reading) =>
        decimal.Round(reading.Quantity, Rating.RatingRule.ExactDecimals, MidpointRounding.ToEven);

    /// <summary>What makes two readings with one event id the same: everything else in them.</summary>
    public static byte[] PayloadHash(UsageReading reading) =>
        SHA256.HashData(
            Encoding.UTF8.GetBytes(
                string.Join(
                    '\n',
                    [
                        reading.ContractId,
                        reading.AllocationId,
                        reading.Meter,
                        Text(Quantity(reading)),
                        Text(reading.From),
                        Text(reading.To),
                        reading.Final ? "final" : "",
                        // Absent in the hashes of readings that were taken before there were revisions and epochs.
                        .. reading is { Revision: 0, Epoch: 0 } ? Array.Empty<string>() : [Text(reading.Revision), Text(reading.Epoch)],
                    ]
                )
            )
        );

    private static ReadingDecision Quarantine(string reason, string detail) => new(ReadingVerdict.Quarantined, reason, detail);

    private static bool TooLong(params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            if (text?.Length > MaxTextLength)
                return true;
        }
        return false;
    }

    private static string Text(decimal value) => value.ToString("0.############", CultureInfo.InvariantCulture);

    // PostgreSQL keeps microseconds: two readings that differ by less are the same there.
    private static string Text(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
