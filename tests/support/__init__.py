"""What several tests share: workbooks written without the product's own form writer, and finished homes."""
