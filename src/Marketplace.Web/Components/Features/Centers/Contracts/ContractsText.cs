namespace Marketplace.Web.Components.Features.Centers.Contracts;

/// <summary>Texts of this folder.</summary>
public sealed class ContractsText;
