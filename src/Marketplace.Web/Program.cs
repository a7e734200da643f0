using Marketplace.Web.Hosting;

return await MarketplaceHost.RunAsync(args);
