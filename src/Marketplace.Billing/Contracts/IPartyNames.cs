namespace Marketplace.Billing.Contracts;

/// <summary>Names for invoices. Parties live in another module, so the host connects the two; without that, ids stand in for names.</summary>
public interface IPartyNames
{
    /// <summary>The party's name at this moment, which an invoice keeps; null when there is no such party.</summary>
    Task<string?> NameAsync(string partyId, CancellationToken ct);
}
