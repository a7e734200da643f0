namespace Marketplace.Web.Components.Features.Customers.Projects;

/// <summary>Texts of this folder.</summary>
public sealed class ProjectText;
