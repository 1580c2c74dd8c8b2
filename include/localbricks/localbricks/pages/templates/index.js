setTimeout(() => location.reload(), 5000);
