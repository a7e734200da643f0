namespace Marketplace.Web.Components.Features.Audit;

/// <summary>Texts of this folder.</summary>
public sealed class AuditText;
