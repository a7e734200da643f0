namespace Marketplace.Billing.Contracts;

/// <param name="Amount">For prepaid credit: in main units, above 0. Left out with an invoice.</param>
/// <param name="Currency">ISO 4217 code of the amount.</param>
public sealed record TopUpRequest(decimal? Amount, string? Currency)
{
    /// <summary>Pays what is open of this invoice instead of adding credit.</summary>
    public string? InvoiceId { get; init; }

    /// <summary>A saved method; left out, the default.</summary>
    public string? Method { get; init; }
}

/// <param name="Evidence">What shows that the payment was right, 1 to 20,000 characters.</param>
public sealed record EvidenceRequest(string Evidence);

/// <param name="Explanation">Why the two sides differ and what was done, 1 to 500 characters.</param>
public sealed record ResolveRequest(string Explanation);

/// <param name="Threshold">Below it credit is bought; main units.</param>
/// <param name="Amount">How much; main units.</param>
/// <param name="Currency">ISO 4217 code of both.</param>
/// <param name="MostPerDay">1 to 24.</param>
public sealed record AutoTopUpRequest(decimal Threshold, decimal Amount, string Currency, int MostPerDay, bool Enabled);
