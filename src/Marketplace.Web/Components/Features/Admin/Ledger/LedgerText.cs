namespace Marketplace.Web.Components.Features.Admin.Ledger;

/// <summary>Texts of this folder.</summary>
public sealed class LedgerText;
