namespace Marketplace.Web.Components.Features.Customers.Budgets;

/// <summary>Texts of this folder.</summary>
public sealed class BudgetText;
