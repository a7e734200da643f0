namespace Marketplace.Web.Components.Features.Admin.Arrears;

/// <summary>Names the resources of the arrears and stops pages.</summary>
public sealed class ArrearsText;
