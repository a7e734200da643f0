namespace Marketplace.Billing.Metering;

/// <summary>Where money goes back to when a charge turns out too high, in micro-units.</summary>
/// <param name="Owed">Off what the customer owes and no invoice asks for yet.</param>
/// <param name="Held">Into the hold it came from, to cover what follows.</param>
/// <param name="Available">To the customer's credit, because the hold has ended or there never was one.</param>
internal readonly record struct Refund(long Owed, long Held, long Available)
{
    /// <summary>First off the debt, then where it came from.</summary>
    /// <param name="micros">What goes back; ≥ 0.</param>
    /// <param name="owed">What is charged without cover and on no invoice.</param>
    /// <param name="holdIsOpen">The contract's hold is there and unresolved.</param>
    public static Refund Of(long micros, long owed, bool holdIsOpen)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(micros);
        long off = Math.Clamp(owed, 0, micros);
        long rest = micros - off;
        return holdIsOpen ? new Refund(off, rest, 0) : new Refund(off, 0, rest);
    }
}
