namespace Marketplace.Web.Components.Features.Admin.Bank;

/// <summary>Texts of this folder.</summary>
public sealed class BankText;
