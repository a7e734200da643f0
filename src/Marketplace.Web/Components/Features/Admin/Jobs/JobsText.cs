namespace Marketplace.Web.Components.Features.Admin.Jobs;

/// <summary>Texts of this folder.</summary>
public sealed class JobsText;
